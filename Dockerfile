# The server. Build: docker build -t llm-orc .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/LlmOrc.Workflows.Server -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
# For the health check of docker-compose.yml.
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app .
COPY --chown=$APP_UID workflows /work/workflows
COPY --chown=$APP_UID templates /work/templates
COPY --chown=$APP_UID llm-orc.json /work/llm-orc.json
RUN mkdir /data && chown $APP_UID /data
USER $APP_UID
VOLUME /data
# In its container it is reached from outside; who publishes its port puts a proxy with TLS before it, or binds it to loopback.
ENV LlmOrc__Folder=/work LLM_ORC_DATA=/data ASPNETCORE_URLS=http://+:8080
EXPOSE 8080
ENTRYPOINT ["./llm-orc-server", "--behind-proxy"]
