# The app in a container, for Kubernetes; docs/kubernetes.md says how it is built and what it is given.
#
# The digest of the base image has no default, since none could be looked up when this was written. Give it with --build-arg,
# or write it here once known:
#   docker buildx imagetools inspect mcr.microsoft.com/azure-functions/python:4-python3.11 --format '{{.Manifest.Digest}}'
# Take a recent one: the extension bundle comes with the image, and versions of orchestrations need Durable extension 3.1.
ARG BASE_DIGEST

FROM mcr.microsoft.com/azure-functions/python:4-python3.11@${BASE_DIGEST} AS host

# Packages change seldom and are large: a stage, and later a layer, of their own.
FROM host AS packages
WORKDIR /packages
COPY requirements.txt constraints.txt ./
RUN pip install --no-cache-dir --no-compile --target site-packages -r requirements.txt \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash site-packages

# Compiled here, since the running container cannot write beside the sources.
FROM host AS code
WORKDIR /code
COPY . ./
RUN rm requirements.txt constraints.txt \
    && python -m compileall -q --invalidation-mode unchecked-hash .

FROM host
# ASPNETCORE_URLS is what the host listens by: the base image says port 80, which takes a privilege. The image starts no script
# that reads PORT or WEBSITES_PORT; those belong to App Service and its own flavour of the image.
# /tmp is the one place that is written to, and has to be a mount when the root file system is read-only:
#   HOME                    keys of ASP.NET's data protection; also where bundles would be downloaded to, had the image none
#   FUNCTIONS_SECRETS_PATH  sentinels that tell host instances to read keys again; by default beside the host's binaries
#   /tmp itself             log and sample folders of the host, buffered requests, temporary files of Python
# PYTHONPATH, since the worker looks into .python_packages by itself on App Service only.
# hadolint ignore=DL3064  # a path, not a secret
ENV ASPNETCORE_URLS=http://+:8080 \
    AzureWebJobsScriptRoot=/home/site/wwwroot \
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true \
    DOTNET_EnableDiagnostics=0 \
    FUNCTIONS_SECRETS_PATH=/tmp/secrets \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/home/site/wwwroot/.python_packages/lib/site-packages
WORKDIR /home/site/wwwroot
# All of it belongs to root: the app can read its code, and cannot change it.
COPY --from=packages /packages/site-packages .python_packages/lib/site-packages
COPY --from=code /code ./
# A number, since Kubernetes cannot tell from a name that it is not root.
USER 10001:10001
EXPOSE 8080
# For Docker; Kubernetes has probes of its own.
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/api/health', timeout=4)"]
# Not the image's start script: bash would keep SIGTERM to itself, and the host would be killed in the middle of its work.
CMD ["/azure-functions-host/Microsoft.Azure.WebJobs.Script.WebHost"]
