# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json && npm prune --omit=dev --omit=optional
# What only some providers need (the credentials of AWS, Azure and Google) is for an embedding host to choose; a server has it.
RUN npm install --save-prod --save-exact --ignore-scripts --no-audit --no-fund --omit=dev --omit=optional \
  $(node -p "const p = require('./package.json'); Object.keys(p.peerDependenciesMeta).map((name) => name + '@' + p.devDependencies[name]).join(' ')")

FROM node:24-bookworm-slim
ENV NODE_ENV=production NESTGATE_DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The embedded Postgres is left out: the image is given a DATABASE_URL.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=64", "--heap-growing-percent=100", "--v8-pool-size=1", "dist/main.js"]
