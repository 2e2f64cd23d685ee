FROM node:24.21.0-slim AS node

FROM node AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No production package has a script to run: DEPENDENCIES.md.
RUN npm ci --omit=dev --ignore-scripts

FROM node
WORKDIR /app
ENV HOST=0.0.0.0 DATA_DIR=/data
RUN mkdir /data && chown node:node /data
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json server.ts app.ts ./
COPY plugins ./plugins
COPY routes ./routes
COPY services ./services
USER node
VOLUME /data
EXPOSE 10000
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 10000}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, not npm, so that it gets the signals.
CMD ["node", "server.ts"]
