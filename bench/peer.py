"""Runs one peer once: peer.py REQUEST (JSON), prints a line of JSON.

A process of its own, so that each system has the threads it was given from the start and
none inherits another's memory. Only the fit is timed, not the import nor the reading.
"""

import json
import resource
import sys
import time

import numpy as np

q = json.loads(sys.argv[1])
x = np.load(q["x"])
n, d = x.shape
k, iters, seed, threads = q["k"], q["iters"], q["seed"], q["threads"]
init = np.load(q["init"]) if q.get("init") else None
system = q["system"]


def faiss_kmeans():
    import faiss

    faiss.omp_set_num_threads(threads)
    options = dict(niter=iters, seed=seed, min_points_per_centroid=1, max_points_per_centroid=n)
    if system == "faiss-super":
        km = faiss.SuperKmeans(d, k, **options)
        return lambda: km.train(x), lambda: km.centroids
    km = faiss.Kmeans(d, k, **options)
    return lambda: km.train(x, init_centroids=init), lambda: km.centroids


def superkmeans_flat():
    import superkmeans

    km = superkmeans.SuperKMeans(
        k, d, hierarchical=False, iters=iters, sampling_fraction=1.0, max_points_per_cluster=n,
        n_threads=threads, seed=seed, early_termination=False,
    )  # fmt: skip
    result = []
    return lambda: result.append(km.train(x)), lambda: result[0]


def sklearn_kmeans():
    import sklearn.cluster

    km = sklearn.cluster.KMeans(
        k, init="k-means++" if init is None else init, n_init=1, max_iter=iters, tol=0,
        algorithm=system.removeprefix("sklearn-"), random_state=seed,
    )  # fmt: skip
    return lambda: km.fit(x), lambda: km.cluster_centers_


makers = {
    "faiss": faiss_kmeans,
    "faiss-super": faiss_kmeans,
    "superkmeans": superkmeans_flat,
    "sklearn-lloyd": sklearn_kmeans,
    "sklearn-elkan": sklearn_kmeans,
}
fit, centroids = makers[system]()
use, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
fit()
wall = time.perf_counter() - wall
end = resource.getrusage(resource.RUSAGE_SELF)
np.save(q["out"], np.asarray(centroids(), dtype=np.float32).reshape(k, d))
print(json.dumps({"cpu": end.ru_utime + end.ru_stime - use.ru_utime - use.ru_stime, "wall": wall}))
