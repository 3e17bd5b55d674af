// Runs SQL in DuckDB: node duckdb.js FOLDER <STATEMENTS, each ended by a line with ";" alone.
// FOLDER is what dev/duckdb.sh prints. What COPY writes to /dev/stdout is all that is printed.
"use strict";

const fs = require("fs");
const path = require("path");

async function main() {
  const folder = path.join(process.argv[2], "node_modules", "@duckdb", "node-api");
  const { DuckDBInstance } = require(folder);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  for (const statement of fs.readFileSync(0, "utf8").split("\n;\n")) {
    if (statement.trim() !== "") await connection.run(statement);
  }
}

main().catch((error) => {
  console.error(String(error).slice(0, 4000));
  process.exit(1);
});
