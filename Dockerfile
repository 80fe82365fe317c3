# One image for every role: web, worker, beat and commands. Nothing in it is written at run time.
FROM python:3.13-slim-bookworm AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
ENV STATIC_ROOT=/srv/static DATA_DIR=/tmp/build
RUN /venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM python:3.13-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin app \
 && install -d -o app /data /run/converter
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /srv/static /srv/static
COPY . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data STATIC_ROOT=/srv/static
USER 10001
# 8000 is for visitors, 8001 for the question whether it is well
EXPOSE 8000 8001
CMD ["gunicorn", "--config", "python:config.gunicorn", "--bind", "0.0.0.0:8000", "--bind", "0.0.0.0:8001", "--workers", "2", "config.wsgi"]
