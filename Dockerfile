FROM python:3.11-slim

RUN useradd --create-home app
WORKDIR /home/app/autoencoders

COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY app.py README.md ./
COPY ae ae
COPY weights weights

USER app
ENV GRADIO_TEMP_DIR=/tmp/gradio PYTHONUNBUFFERED=1
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=3m \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/healthz')"]
CMD ["python", "app.py", "--host", "0.0.0.0", "--port", "7860"]
