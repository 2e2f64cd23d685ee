FROM node:24.21.0-slim AS node

FROM node AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No production package has a script to run: DEPENDENCIES.md.
RUN npm ci --omit=dev --ignore-scripts

FROM node AS app
WORKDIR /app
ENV NODE_COMPILE_CACHE=/app/node_modules/.cache/node
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json server.ts app.ts ./
COPY plugins ./plugins
COPY routes ./routes
COPY services ./services

# Loads every module, as the user that runs the server: Node uses only files that the same UID has cached.
FROM app AS compile-cache
RUN mkdir -p $NODE_COMPILE_CACHE && chown node:node $NODE_COMPILE_CACHE
USER node
RUN node -e "fs.globSync('{server,app,{plugins,routes,services}/**/*}.ts').forEach((file) => import('./' + file))"
RUN chmod -R a=rX $NODE_COMPILE_CACHE

FROM app
ENV HOST=0.0.0.0 DATA_DIR=/data
RUN mkdir /data && chown node:node /data
COPY --from=compile-cache $NODE_COMPILE_CACHE $NODE_COMPILE_CACHE
USER node
VOLUME /data
EXPOSE 10000
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 10000}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, not npm, so that it gets the signals. The option halves the memory under load (bench/RESULTS.md).
CMD ["node", "--max-semi-space-size=16", "server.ts"]
