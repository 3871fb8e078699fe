package card

import (
	"encoding/json"
	"fmt"
	"io"
	"path"

	"leveler/internal/report/readable"
)

// object is a JSON-LD node; encoding/json writes its members in order of name.
type object = map[string]any

// context is Croissant's, as its specification gives it.
var context = object{
	"@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
	"rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/", "citeAs": "cr:citeAs", "column": "cr:column",
	"conformsTo": "dct:conformsTo", "data": object{"@id": "cr:data", "@type": "@json"}, "dataType": object{"@id": "cr:dataType", "@type": "@vocab"},
	"examples": object{"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field", "fileObject": "cr:fileObject",
	"fileProperty": "cr:fileProperty", "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset",
	"jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
	"references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace", "separator": "cr:separator",
	"source": "cr:source", "subField": "cr:subField", "transform": "cr:transform",
}

// encodings are the media types of files by their extension.
var encodings = map[string]string{
	".parquet": "application/x-parquet", ".npy": "application/octet-stream", ".txt": "text/plain", ".jsonl": "application/jsonlines",
	".tar": "application/x-tar", ".mds": "application/octet-stream",
}

// WriteCroissant writes croissant.json: every file with its digest, and the
// selection's table as records where selection.parquet is there.
func WriteCroissant(w io.Writer, d Data) error {
	s := d.Summary
	var distribution []object
	table := false
	for _, f := range d.Files {
		table = table || f.Name == "selection.parquet"
		distribution = append(distribution, object{
			"@type": "cr:FileObject", "@id": f.Name, "name": f.Name, "contentUrl": f.Name, "contentSize": fmt.Sprintf("%d B", f.Bytes),
			"encodingFormat": encodings[path.Ext(f.Name)], "sha256": f.SHA256,
		})
	}
	for _, c := range d.Copies {
		for _, f := range c.Shards {
			name := c.Folder + "/" + f.Name
			distribution = append(distribution, object{
				"@type": "cr:FileObject", "@id": name, "name": name, "contentUrl": name, "contentSize": fmt.Sprintf("%d B", f.Bytes),
				"encodingFormat": encodings[path.Ext(f.Name)], "sha256": f.SHA256,
			})
		}
	}
	out := object{
		"@context": context, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0",
		"name": "selection-" + s.Digests.Selection[:min(12, len(s.Digests.Selection))],
		"description": fmt.Sprintf("A balanced selection of %s of %s records (hierarchical k-means, arXiv 2405.15613), made by Leveler %s with seed %s. Configuration: sha256 %s. Embedded rows: sha256 %s. Selection: sha256 %s.",
			readable.Count(s.Sample.Selected), readable.Count(s.Input.Rows), s.Version, seeds(s), s.ConfigDigest, d.Points, s.Digests.Selection),
		"version":      "1.0.0",
		"distribution": distribution,
	}
	if table {
		out["recordSet"] = []object{records(len(s.Levels))}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(out)
}

// records describes the columns of selection.parquet.
func records(levels int) object {
	var fields []object
	add := func(name, kind, text string) {
		fields = append(fields, object{
			"@type": "cr:Field", "@id": "selection/" + name, "name": name, "description": text, "dataType": kind,
			"source": object{"fileObject": object{"@id": "selection.parquet"}, "extract": object{"column": name}},
		})
	}
	add("row", "sc:Integer", "Position in the concatenation of the input files, bad rows counted.")
	add("id", "sc:Text", "The record's id.")
	add("source", "sc:Text", "The file it comes from.")
	for l := range levels {
		add(fmt.Sprintf("level_%d", l+1), "sc:Integer", fmt.Sprintf("Its cluster at level %d; level 1 is the finest.", l+1))
	}
	add("distance", "sc:Float", "Distance to its level-1 centroid.")
	add("copies", "sc:Integer", "How often it was selected.")
	add("inclusion_probability", "sc:Float", "Probability of being selected at least once, over all draws; null where rows were not drawn.")
	return object{"@type": "cr:RecordSet", "@id": "selection", "name": "selection", "key": object{"@id": "selection/row"}, "field": fields}
}
