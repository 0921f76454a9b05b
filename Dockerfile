# One image for web, worker and migration. No compiler: every dependency comes as a wheel, checked by its hash.
FROM python:3.11.13-slim-bookworm@sha256:86adf8dbadc3d6e82ee5dd2c74bec2e1c2467cdad47886280501df722372d2e1 AS build
WORKDIR /shop
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY storefront/translations storefront/translations
RUN for po in storefront/translations/*/LC_MESSAGES/messages.po; do \
      /venv/bin/pybabel compile --input-file "$po" --output-file "${po%.po}.mo"; done

FROM python:3.11.13-slim-bookworm@sha256:86adf8dbadc3d6e82ee5dd2c74bec2e1c2467cdad47886280501df722372d2e1
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 BIND=0.0.0.0
RUN useradd --system --uid 10001 --home-dir /shop --shell /usr/sbin/nologin shop \
    && mkdir -p /shop /content && chown shop /content
WORKDIR /shop
COPY --from=build /venv /venv
COPY config.py wsgi.py gunicorn.conf.py ./
COPY migrations migrations
COPY templates templates
COPY static static
COPY storefront storefront
COPY --from=build /shop/storefront/translations storefront/translations
RUN python -m compileall -q storefront config.py wsgi.py
USER shop
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import os, urllib.request as ask; ask.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', '5000')}/healthz\", timeout=2)"]
CMD ["gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"]
