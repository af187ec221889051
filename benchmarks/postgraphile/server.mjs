// PostGraphile 5 on the benchmark's tables: READS_URL and PORT say where.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";

const preset = {
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  pgServices: [
    makePgService({
      connectionString: process.env.READS_URL,
      schemas: ["party", "product", "sales_order"],
      poolConfig: { max: 8, idleTimeoutMillis: 0 },
    }),
  ],
  // Filters on columns without an index, as the other servers have them.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  schema: { connectionFilterRelations: true, defaultBehavior: "-mutation" },
  grafast: { context: {}, explain: false },
  grafserv: { graphqlPath: "/graphql", websockets: false, graphiql: false },
};

const server = createServer();
server.keepAliveTimeout = 120_000;
server.on("error", (problem) => {
  console.error(problem);
  process.exit(1);
});
const serving = postgraphile(preset).createServ(grafserv);
await serving.addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
