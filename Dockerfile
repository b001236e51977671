# The tool and server in an image: docs/serving.md says how to run it.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish src/Encore.Tool -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
USER $APP_UID
EXPOSE 8080
# The process itself gets SIGTERM, and drains.
ENTRYPOINT ["/app/Encore.Tool"]
CMD ["--help"]
