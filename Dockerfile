# The service in a container: docs/operations.md, "Deploy".
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY index index
COPY qa qa
COPY eval eval
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
# The packages of a lock in .ci/lock: web, or milvus for web and an archive in Milvus.
ARG LOCK=web
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    --mount=type=bind,source=.ci/lock,target=/lock \
    pip install --no-cache-dir --no-deps --require-hashes -r "/lock/$LOCK.txt" && \
    pip install --no-cache-dir --no-deps --no-index /wheels/*.whl
RUN useradd --system --uid 10001 --home-dir /var/lib/newsqa newsqa && \
    install -d -o newsqa -g newsqa /var/lib/newsqa /var/cache/newsqa
USER newsqa
WORKDIR /var/lib/newsqa
ENV NEWSQA_DATA=/var/lib/newsqa/archive \
    NEWSQA_CACHE=/var/cache/newsqa \
    NEWSQA_HOST=0.0.0.0 \
    NEWSQA_PORT=8000
# Indexing prepares the model, so that containers start with it; the archive is deleted.
RUN echo 'The image is built.' > /tmp/built.txt && \
    newsqa index /tmp/built.txt --data /tmp/built && \
    rm -r /tmp/built /tmp/built.txt
VOLUME ["/var/lib/newsqa", "/var/cache/newsqa"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", \
    "import os, urllib.request as http; http.urlopen(f'http://127.0.0.1:{os.environ[\"NEWSQA_PORT\"]}/livez', timeout=2)"]
ENTRYPOINT ["newsqa"]
CMD ["serve"]
