# After `npm pack`: docker build --build-arg PACKAGE=sluice-0.1.0.tgz .
# A tag of the base moves. The release workflow looks its digest up, builds from NODE_IMAGE=node:24-bookworm-slim@sha256:…,
# and writes the digest into the image's labels; do the same to pin your own build.
ARG NODE_IMAGE=node:24-bookworm-slim
FROM ${NODE_IMAGE}
ARG PACKAGE
COPY ${PACKAGE} /tmp/sluice.tgz
# Offline: the package brings everything along.
RUN npm install --global --offline --no-audit --no-fund /tmp/sluice.tgz && rm /tmp/sluice.tgz
USER node
WORKDIR /work
ENTRYPOINT ["sluice"]
