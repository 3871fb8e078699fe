package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"leveler/internal/seeding"
)

// seed returns initial centroids by the seeding of this name:
//
//	random             k rows
//	kmeans++           greedy k-means++ on all rows
//	sample:C           greedy k-means++ on C k rows
//	kmeans||           5 rounds of l = k/2, greedy k-means++ on the candidates
//	kmeans||:F         the same with l = F k
//	kmeans||cells:F    the same, reclustered by cells
//	cells              greedy k-means++ by cells on all rows
//	split              the same with Lloyd iterations inside the cells
//	split:C            split on C k rows
//	given              the centroids of -init
func (j *job) seed(name string, seed uint64, given []float32) ([]float32, error) {
	key := seeding.Key{Seed: seed, Level: 1}
	method, arg, _ := strings.Cut(name, ":")
	factor := 0.0
	if arg != "" {
		var err error
		if factor, err = strconv.ParseFloat(arg, 64); err != nil {
			return nil, fmt.Errorf("seeding %s: %w", name, err)
		}
	}
	x := j.x
	if arg != "" && (method == "sample" || method == "split") {
		x = seeding.Rows(x, j.d, seeding.Sample(j.n, int(factor*float64(j.k)), key))
	}
	flops := math.Inf(1)
	var rows []int
	var err error
	switch method {
	case "given":
		return append([]float32(nil), given...), nil
	case "split":
		return seeding.Split(x, j.d, j.k, key, j.threads)
	case "random":
		rows = seeding.Sample(j.n, j.k, key)
	case "kmeans++", "sample":
		rows, err = seeding.PlusPlus(x, j.d, nil, j.k, key, j.threads)
	case "cells":
		rows, err = seeding.Cells(x, j.d, nil, j.k, key, j.threads)
	case "kmeans||cells":
		flops = 0
		fallthrough
	case "kmeans||":
		rows, err = seeding.Parallel(x, j.d, j.k, int(factor*float64(j.k)), flops, key, j.threads)
	default:
		return nil, fmt.Errorf("no seeding is called %q", name)
	}
	if err != nil {
		return nil, err
	}
	return seeding.Rows(x, j.d, rows), nil
}
