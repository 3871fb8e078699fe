package configs

// keys is the table behind Keys and Markdown. A test compares it with the types
// and with Default.
var keys = []Key{
	{"seed", "integer", "1", "Decides every random draw; the same seed gives the same selection, byte for byte."},

	{"input.kind", "npy, npz, vecs, text, jsonl, parquet, images, audio, webdataset", "by the extension", "What the files are; anything with no other extension is text (see [inputs](inputs.md))."},
	{"input.medium", "text, image, audio", "by the kind", "What a record is, where input.kind does not say it; decides how it is embedded."},
	{"input.path", "path or list of paths", "required", "Files, globs (`x-*.npy`, `{a,b}`, `{00000..00012}`, `**`) or all files below a folder (`dir/...`); relative to the current folder."},
	{"input.split", "line, paragraph, file", "line (text)", "Text only: what one record is."},
	{"input.include", "list of globs", "[]", "Keep only files whose name matches one of these, such as `*.go`."},
	{"input.exclude", "list of globs", "[]", "Leave out files whose name matches one of these."},
	{"input.id_field", "string", "made of the file and the line or row", "The field (jsonl) or column (parquet, also beside npy) with a record's id."},
	{"input.text_field", "string", "text", "The field (jsonl, json in webdataset) or column (parquet) with the text."},
	{"input.item_field", "string", "image or audio", "Parquet: the column with the image or the sound, bytes or a struct with `bytes`."},
	{"input.embedding_field", "string", "none; embeddings (embed.kind: precomputed)", "Parquet: the column with the embedding, a list of floats; with it nothing is embedded."},
	{"input.array", "string", "the only one", "npz: the name of the array with the embeddings."},
	{"input.item_ext", "list of extensions", "by the medium", "webdataset: the members that are the item: jpg, jpeg, png, webp and gif, or wav and flac, or txt and json."},
	{"input.min_chars", "integer", "1", "Shorter lines and documents are no rows; shorter texts in tables and archives are bad rows."},
	{"input.max_record_bytes", "size", "1MiB of text, 64MiB of the rest", "A larger record is a bad row."},
	{"input.max_file_bytes", "size", "1TiB", "Most bytes that a compressed file may expand to; what follows is one bad row."},
	{"input.max_expansion", "integer", "250", "Most times its size that a compressed file may expand to (64 MiB are always allowed)."},
	{"input.on_bad_row", "fail, drop", "fail", "End the run at a bad row (NaN, infinite, unreadable, damaged), or drop, count and list it; all are in `bad_records.parquet`."},
	{"input.max_bad_fraction", "number", "0.1", "With drop: end the run when a larger part of the rows is bad."},
	{"input.subset_indices_path", "path", "all rows", "int64 `.npy` file with the rows that take part."},

	{"embed.kind", "precomputed, builtin", "by the input", "precomputed for embeddings; builtin (hashed character n-grams: lexical, not semantic) for the rest."},
	{"embed.dim", "integer", "256 (builtin)", "Dimension of the built-in embedding; precomputed ones have their own."},

	{"distance", "l2, cosine", "l2", "cosine is l2 between normalised rows and normalised centroids."},

	{"levels", "auto or list", "auto", "The levels of the tree, finest first. auto: k1 = clamp(target_size/2, 2, rows/10) and k1/4 clusters, 10 iterations, no resampling."},
	{"levels.N.n_clusters", "integer", "required", "Number of clusters; fewer at each level than at the one before."},
	{"levels.N.n_splits", "1", "1", "Splitting clusters in a second step is not built yet."},
	{"levels.N.n_iters", "integer", "50", "Most Lloyd iterations of one k-means run."},
	{"levels.N.n_resampling_steps", "integer", "1", "Number of k-means runs: 1 is no resampling, t adds t-1 runs on resampled points."},
	{"levels.N.sample_size", "integer", "0", "Points each cluster gives to a resampled set; required when n_resampling_steps > 1."},
	{"levels.N.sampling_strategy", "c, r", "c", "Which points it gives: the closest to the centroid, or random ones."},
	{"levels.N.seeding", "kmeans||, kmeans++, random", "kmeans||", "How the first centroids are chosen."},
	{"levels.N.empty_clusters", "relocate, keep", "relocate", "An empty cluster takes the farthest row, or keeps its centroid."},
	{"levels.N.seeding_flops", "number", "1e+12", "Cost above which the candidates of kmeans|| are clustered in cells."},

	{"sample.target_size", "integer", "required", "Exact number of rows to select."},
	{"sample.sampling_strategy", "r, c", "r", "Which points of a leaf are selected: random ones, or the closest to the centroid."},
	{"sample.multiplier", "integer", "1", "Most times one row may be selected."},
	{"sample.seed", "integer", "0", "Decides the draws of the selection alone, so that another needs no clustering again; 0 is the same as seed."},
	{"sample.valid_indices_path", "path", "all rows", "int64 `.npy` file with the rows that may be selected."},

	{"work.dir", "folder", "work", "What a run can go on from; a rerun with the same folder repeats no finished stage."},
	{"output.dir", "folder", "out", "Where the selection, summary.json and report.html go."},
	{"output.formats", "list of npy, parquet, ids, jsonl, card, webdataset, files, rows, lines, hf, mds", "[npy, parquet]", "The selection as a list, a data card, and copies of the selected items: see docs/outputs.md."},
	{"output.shard_rows", "integer", "10000", "Most selected rows in a shard of a copy."},
	{"output.shard_bytes", "size", "512MiB", "About the most bytes of a shard of a copy; a larger item has one of its own."},

	{"runner.name", "direct, prism, flink, dataflow", "direct", "The engine."},
	{"runner.options", "mapping", "{}", "Beam's own flags by their own names; a list becomes one value with commas, a mapping JSON."},

	{"resources.shard_bytes", "size", "16MiB", "Size of a shard. No key of resources changes what comes out."},
	{"resources.shard_rows", "integer", "0", "Size of a shard in rows instead, unless 0."},
	{"resources.fit_in_worker_bytes", "size", "64MiB", "Largest set of points clustered whole inside one worker; 0 means never."},
	{"resources.read_cache_bytes", "size", "4GiB", "Disk of each worker's machine to keep shards on that lie in a bucket, for the iterations after the first (docs/storage.md); 0 keeps none."},
	{"resources.iterations_per_job", "integer", "by the runner", "Lloyd iterations in one Beam pipeline: 1 on direct and prism, 10 on flink, 25 on dataflow."},
	{"resources.threads", "integer", "0", "Threads of a worker; 0 is one per CPU."},
}
