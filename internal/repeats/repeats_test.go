package repeats

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestAgainstMap compares what is found through files and partitions with a map
// of all ids, for rows in which most, few or no ids repeat.
func TestAgainstMap(t *testing.T) {
	const rows = 600
	for _, distinct := range []int{1, 7, 400, 1 << 40} {
		for _, perShard := range []int{1, 33, rows} {
			for _, partitions := range []int{1, 4, MaxPartitions} {
				t.Run(fmt.Sprintf("%d ids, %d a shard, %d partitions", distinct, perShard, partitions), func(t *testing.T) {
					ids := make([]string, rows)
					rng := rand.New(rand.NewPCG(1, uint64(distinct)))
					for i := range ids {
						ids[i] = fmt.Sprint("id-", rng.IntN(distinct))
					}
					check(t, ids, perShard, partitions)
				})
			}
		}
	}
}

func check(t *testing.T, ids []string, perShard, partitions int) {
	t.Helper()
	var files [][]byte
	for at := 0; at < len(ids); at += perShard {
		var keys []Key
		var rows []int64
		for i := at; i < min(at+perShard, len(ids)); i++ {
			keys, rows = append(keys, KeyOf(ids[i])), append(rows, int64(i))
		}
		var b bytes.Buffer
		if err := WriteKeys(&b, Distinct(keys, rows)); err != nil {
			t.Fatal(err)
		}
		files = append(files, b.Bytes())
	}
	earlier := make([]map[Key]int64, len(files))
	for i := range earlier {
		earlier[i] = map[Key]int64{}
	}
	for p := range partitions {
		shards := make([][]First, len(files))
		for i, f := range files {
			var err error
			if shards[i], err = ReadKeys(bytes.NewReader(f), int64(len(f)), p, partitions); err != nil {
				t.Fatal(err)
			}
		}
		found := Find(shards)
		var b bytes.Buffer
		if err := WriteRepeats(&b, found); err != nil {
			t.Fatal(err)
		}
		for i := range files {
			if err := ReadRepeats(bytes.NewReader(b.Bytes()), Counts(found), i, earlier[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	first := map[string]int{}
	for i, id := range ids {
		if _, ok := first[id]; !ok {
			first[id] = i
		}
		shard := i / perShard
		got, ok := earlier[shard][KeyOf(id)]
		want := first[id]
		if ok != (want/perShard < shard) || ok && got != int64(want) {
			t.Fatalf("row %d: got first row %d (%v), want %d", i, got, ok, want)
		}
	}
}

// TestDamagedFile is refused, not read as something else.
func TestDamagedFile(t *testing.T) {
	var b bytes.Buffer
	if err := WriteKeys(&b, Distinct([]Key{KeyOf("a"), KeyOf("b")}, []int64{0, 1})); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, headerSize - 1, b.Len() - 1} {
		if _, err := ReadKeys(bytes.NewReader(b.Bytes()[:n]), int64(n), 0, 1); err == nil {
			t.Errorf("%d of %d bytes: no error", n, b.Len())
		}
	}
	for bucket := range firstBytes { // one number of the header at a time
		damaged := bytes.Clone(b.Bytes())
		binary.LittleEndian.PutUint32(damaged[4*bucket:], 1<<32-1)
		for partition := range 4 {
			if _, err := ReadKeys(bytes.NewReader(damaged), int64(len(damaged)), partition, 4); err == nil {
				t.Errorf("a damaged number %d: no error of partition %d", bucket, partition)
			}
		}
	}
}

// TestPartitions: a part has about a million keys.
func TestPartitions(t *testing.T) {
	for rows, want := range map[int64]int{0: 1, 1<<20 - 1: 1, 1 << 20: 2, 5 << 20: 8, 743_000_000: 256, 1 << 40: 256} {
		if got := Partitions(rows); got != want {
			t.Errorf("%d rows: got %d, want %d", rows, got, want)
		}
	}
}
