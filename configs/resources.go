package configs

// Resources decide where work runs and in which portions, never what comes out:
// no stage's key has them, and any of them may change between a run and its
// rerun.
type Resources struct {
	// ShardBytes is the size of a shard of embeddings.
	ShardBytes Bytes `yaml:"shard_bytes" json:"shard_bytes"`
	// ShardRows, unless 0, sets the size of a shard in rows instead.
	ShardRows int64 `yaml:"shard_rows" json:"shard_rows"`
	// FitInWorkerBytes is the largest set of points that is clustered whole inside
	// one worker; larger ones take a Beam transform per iteration. 0 means never.
	FitInWorkerBytes Bytes `yaml:"fit_in_worker_bytes" json:"fit_in_worker_bytes"`
	// IterationsPerJob is the number of Lloyd iterations unrolled in one Beam
	// pipeline; 0 means as many as suit the runner.
	IterationsPerJob int `yaml:"iterations_per_job" json:"iterations_per_job"`
	// ReadCacheBytes is how much of its machine's disk a worker may use to keep
	// shards that lie in a bucket for the next iterations; 0 keeps nothing.
	ReadCacheBytes Bytes `yaml:"read_cache_bytes" json:"read_cache_bytes"`
	// Threads is the number of threads of a worker; 0 means one per CPU.
	Threads int `yaml:"threads" json:"threads"`
}

func defaultResources() Resources {
	return Resources{ShardBytes: 16 * MiB, FitInWorkerBytes: 64 * MiB, ReadCacheBytes: 4 * GiB}
}

func (r *Resources) validate(f *faults) {
	f.check(r.ShardBytes >= 1, "resources.shard_bytes", "must be >= 1 (got %v)", r.ShardBytes)
	f.check(r.ShardRows >= 0, "resources.shard_rows", "must be >= 0 (got %d)", r.ShardRows)
	f.check(r.FitInWorkerBytes >= 0, "resources.fit_in_worker_bytes", "must be >= 0 (got %v)", r.FitInWorkerBytes)
	f.check(r.ReadCacheBytes >= 0, "resources.read_cache_bytes", "must be >= 0 (got %v)", r.ReadCacheBytes)
	f.check(r.IterationsPerJob >= 0, "resources.iterations_per_job", "must be >= 0 (got %d)", r.IterationsPerJob)
	f.check(r.Threads >= 0, "resources.threads", "must be >= 0 (got %d)", r.Threads)
}
