package tokenizer

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// python runs a script of Python's tokenizers library with JSON on both sides.
// It skips the test where there is no environment: get-minilm.sh makes one.
func python(t *testing.T, script string, in, out any) {
	t.Helper()
	venv := os.Getenv("MINILM_VENV")
	if venv == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			t.Skip("no home folder: ", err)
		}
		venv = filepath.Join(home, ".cache", "minilm-venv")
	}
	interpreter := filepath.Join(venv, "bin", "python")
	if err := exec.Command(interpreter, "-c", "import tokenizers").Run(); err != nil {
		t.Skipf("no Python with tokenizers: %s: %v; get-minilm.sh makes the environment, or name another in MINILM_VENV", interpreter, err)
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(interpreter, "-c", "import json, sys, tokenizers\nargs = json.load(sys.stdin)\n"+script)
	cmd.Stdin = bytes.NewReader(b)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	b, err = cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			t.Fatal(err)
		}
	}
}

// encodeScript encodes args["texts"] with the file args["path"].
const encodeScript = `
t = tokenizers.Tokenizer.from_file(args["path"])
t.no_padding()
t.no_truncation()
json.dump([e.ids for e in t.encode_batch(args["texts"])], sys.stdout)
`

// trainScript trains a small tokenizer on args["texts"] and saves it in args["dir"].
const trainScript = `
from tokenizers import Tokenizer, models, trainers, pre_tokenizers, processors
special = ["<s>", "<pad>", "</s>", "<unk>"]
t = Tokenizer(models.BPE())
t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
t.train_from_iterator(args["texts"], trainers.BpeTrainer(vocab_size=600, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
t.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
t.save(args["dir"] + "/bpe.json")
`
