package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"leveler/internal/seeding"
)

// seed returns initial centroids, and a guess of each row's or nil, by the seeding of this name:
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
func (j *job) seed(name string, seed uint64, given []float32) (centroids []float32, guess []int32, err error) {
	key := seeding.Key{Seed: seed, Level: 1}
	method, arg, _ := strings.Cut(name, ":")
	factor := 0.0
	if arg != "" {
		if factor, err = strconv.ParseFloat(arg, 64); err != nil {
			return nil, nil, fmt.Errorf("seeding %s: %w", name, err)
		}
	}
	x := j.x
	if arg != "" && (method == "sample" || method == "split") {
		x = seeding.Rows(x, j.d, seeding.Sample(j.n, int(factor*float64(j.k)), key))
	}
	flops := math.Inf(1)
	var chosen seeding.Choice
	switch method {
	case "given":
		return append([]float32(nil), given...), nil, nil
	case "split":
		centroids, err = seeding.Split(x, j.d, j.k, key, j.threads)
		return centroids, nil, err
	case "random":
		chosen.Rows = seeding.Sample(j.n, j.k, key)
	case "kmeans++", "sample":
		chosen, err = seeding.PlusPlus(x, j.d, nil, j.k, key, j.threads)
	case "cells":
		chosen, err = seeding.Cells(x, j.d, nil, j.k, key, j.threads)
	case "kmeans||cells":
		flops = 0
		fallthrough
	case "kmeans||":
		chosen, err = seeding.Parallel(x, j.d, j.k, int(factor*float64(j.k)), flops, key, j.threads)
	default:
		return nil, nil, fmt.Errorf("no seeding is called %q", name)
	}
	if err != nil {
		return nil, nil, err
	}
	if method == "sample" {
		chosen.Near = nil // of the sample alone
	}
	return seeding.Rows(x, j.d, chosen.Rows), chosen.Near, nil
}
