# docker build -t slotcast .      docker run -v ./pipeline.yaml:/etc/slotcast/pipeline.yaml:ro \
#                                     -v slotcast-state:/var/lib/slotcast slotcast
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
      g++ cmake ninja-build libgmp-dev libpg-query-dev libpq-dev libboost1.81-dev librdkafka-dev \
      libsimdjson-dev libyaml-cpp-dev prometheus-cpp-dev libcli11-dev libspdlog-dev libssl-dev \
      libcurl4-openssl-dev libexpat1-dev libzstd-dev zlib1g-dev \
      && rm -rf /var/lib/apt/lists/*
COPY . /src
WORKDIR /src
RUN cmake --preset release -DSLOTCAST_TESTS=OFF && cmake --build --preset release \
      && strip build/release/slotcast

FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends \
      libgmp10 libpg-query1504.0 libpq5 librdkafka1 libsimdjson14 libyaml-cpp0.7 \
      libprometheus-cpp-core1.0 libspdlog1.10 libssl3 libcurl4 libexpat1 libzstd1 zlib1g \
      ca-certificates \
      && rm -rf /var/lib/apt/lists/* \
      && install -d -o 65532 -g 65532 -m 0700 /var/lib/slotcast
COPY --from=build /src/build/release/slotcast /usr/bin/slotcast
USER 65532:65532
VOLUME /var/lib/slotcast
ENV SLOTCAST_CONFIG=/etc/slotcast/pipeline.yaml
HEALTHCHECK --interval=10s --timeout=6s CMD ["slotcast", "health"]
ENTRYPOINT ["slotcast"]
CMD ["run"]
