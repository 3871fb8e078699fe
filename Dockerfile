# The image of a Flink or Dataflow worker that runs ONNX models.
#
# Beam's own image for Go workers, apache/beam_go_sdk, is distroless: it has glibc
# but neither libstdc++ nor libgcc_s, which ONNX Runtime links to, so that
# embed.runtime_library cannot be loaded there. This image is Debian with both, ONNX
# Runtime, and the boot program of Beam's image; the worker itself is the binary
# that the runner stages, built by Beam with CGO_ENABLED=0. The model is not in the
# image: it travels by path (embed.model: gs://...).
#
#     docker build -t REGISTRY/leveler-worker .
#     curate run -config ... -environment_config=REGISTRY/leveler-worker   # Flink
#     curate run -config ... -sdk_container_image=REGISTRY/leveler-worker  # Dataflow
#
# In the configuration: embed.runtime_library: libonnxruntime.so

ARG BEAM=2.77.0
FROM apache/beam_go_sdk:${BEAM} AS beam

FROM debian:12-slim AS runtime
ARG ONNXRUNTIME=1.32.0
# The wheel has the library for both amd64 and arm64; pip checks its hash.
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pip \
 && pip install --break-system-packages --no-deps --target /wheel "onnxruntime==${ONNXRUNTIME}" \
 && install -D /wheel/onnxruntime/capi/libonnxruntime.so.* /opt/onnxruntime/libonnxruntime.so \
 && install -D -m 644 -t /opt/onnxruntime /wheel/onnxruntime/LICENSE /wheel/onnxruntime/ThirdPartyNotices.txt

FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libstdc++6 libgcc-s1 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=runtime /opt/onnxruntime /opt/onnxruntime
# Where the loader looks for names as they are: ld.so.cache has the library under
# its own name only, libonnxruntime.so.1.
RUN ln -s /opt/onnxruntime/libonnxruntime.so /usr/lib/libonnxruntime.so
COPY --from=beam /opt/apache/beam /opt/apache/beam
ENTRYPOINT ["/opt/apache/beam/boot"]
