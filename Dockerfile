# Cytoweave in a container, for CPUs: docker build --tag cytoweave .   For GPUs, Apptainer: docs/release.md
FROM python:3.12-slim AS build
ARG TORCH=torch==2.13.0
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PATH=/opt/cytoweave/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/cytoweave
# What changes least comes first, so that its layers are kept: torch, then the libraries, then Cytoweave.
RUN pip install --index-url "$TORCH_INDEX" "$TORCH"
COPY requirements.lock /build/
RUN pip install --no-deps --require-hashes --requirement /build/requirements.lock
COPY pyproject.toml README.md LICENSE /build/
COPY conf /build/conf
COPY src /build/src
RUN pip install --no-deps /build && pip check

FROM python:3.12-slim
LABEL org.opencontainers.image.title="Cytoweave" \
      org.opencontainers.image.licenses="BSD-3-Clause AND GPL-2.0-or-later AND GPL-3.0-or-later"
COPY --from=build /opt/cytoweave /opt/cytoweave
COPY LICENSE CITATION.cff /opt/cytoweave/
RUN useradd --create-home --uid 1000 cytoweave && install --directory --mode=1777 /cache /work
ENV PATH=/opt/cytoweave/bin:$PATH \
    CYTOWEAVE_STORE=/cache \
    NUMBA_CACHE_DIR=/cache/numba \
    PYTHONUNBUFFERED=1
USER cytoweave
WORKDIR /work
VOLUME /cache
ENTRYPOINT ["cytoweave"]
CMD ["--help"]
