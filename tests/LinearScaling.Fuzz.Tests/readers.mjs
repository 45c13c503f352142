// Independent readers: node readers.mjs NODE_MODULES COMMAND ...
//   tokenize TOKENIZER.json TEXTS.json OUT.json   ids by the Hugging Face library (npm: tokenizers)
//   csv FOLDER COUNT                              FOLDER/0.csv ... as rows of text by DuckDB, into N.json
//   parquet FOLDER COUNT SEED                     random tables written by DuckDB: N.parquet, and its rows as N.json
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [, , modules, command, ...rest] = process.argv;
const require = createRequire(join(modules, "x.js"));

if (command === "tokenize") {
  const [file, texts, out] = rest;
  const tokenizer = require("tokenizers").Tokenizer.fromFile(file);
  const ids = [];
  for (const text of JSON.parse(readFileSync(texts, "utf8")))
    ids.push((await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds());
  writeFileSync(out, JSON.stringify(ids.map((i) => Array.from(i))));
} else {
  const { DuckDBInstance } = require("@duckdb/node-api");
  const duckdb = await (await DuckDBInstance.create(":memory:")).connect();
  await duckdb.run("SET threads = 1");
  const rows = async (sql) => (await duckdb.runAndReadAll(sql)).getRowObjectsJson();
  const [folder, count, seed] = rest;
  for (let i = 0; i < +count; i++) {
    const path = join(folder, String(i));
    if (command === "csv") {
      const read =
        `SELECT * FROM read_csv('${path}.csv', header = true, all_varchar = true, delim = ',', quote = '"', ` +
        `escape = '"', nullstr = '\u0001', auto_detect = false, columns = {'a': 'VARCHAR', 'b': 'VARCHAR', ` +
        `'c': 'VARCHAR'}, strict_mode = true)`;
      writeFileSync(`${path}.json`, JSON.stringify(await rows(read)));
    } else {
      const table = randomTable(+seed + i);
      await duckdb.run(`COPY (${table.sql}) TO '${path}.parquet' (FORMAT parquet, ${table.options})`);
      writeFileSync(`${path}.json`, JSON.stringify(await rows(`SELECT * FROM '${path}.parquet'`)));
    }
  }
}

function randomTable(seed) {
  let state = seed * 2654435761 + 1;
  const random = (n) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % n;
  };
  const pick = (items) => items[random(items.length)];
  const texts = ["''", "'a'", "'caf\u00e9 \u2028 \u{1F600}'", "'two\nlines'", "'the same'", "repeat('long ', 40)"];
  const kinds = {
    VARCHAR: () => pick(texts),
    DOUBLE: () => pick(["0.1", "-1e300", "5e-324", "'nan'::DOUBLE", "'inf'::DOUBLE", String(random(1e6) / 7)]),
    FLOAT: () => pick(["0.1", "1e-30", String(random(1000) / 8)]),
    BIGINT: () => pick(["0", "-9223372036854775807", "9007199254740993", String(random(1e9))]),
    INTEGER: () => String(random(1e9) - 5e8),
    SMALLINT: () => String(random(60000) - 30000),
    UTINYINT: () => String(random(256)),
    BOOLEAN: () => pick(["true", "false"]),
    "DECIMAL(9,3)": () => String(random(1e6) / 1000),
    "STRUCT(text VARCHAR, loss DOUBLE)": () => `{'text': ${pick(texts)}, 'loss': ${random(100) / 4}}`,
    "VARCHAR[]": () => `[${Array.from({ length: random(4) }, () => pick(texts)).join(", ")}]`,
    "STRUCT(label VARCHAR[], n INTEGER)[]": () =>
      `[${Array.from({ length: random(3) }, () => `{'label': ['x', ${pick(texts)}], 'n': ${random(9)}}`).join(", ")}]`,
  };
  const columns = Array.from({ length: 1 + random(5) }, (_, i) => [`c${i}`, pick(Object.keys(kinds))]);
  const value = (kind) => `CAST(${random(5) === 0 ? "NULL" : kinds[kind]()} AS ${kind})`;
  const row = () => `SELECT ${columns.map(([name, kind]) => `${value(kind)} AS ${name}`).join(", ")}`;
  const length = 1 + random(12);
  const repeat = random(50) === 0 ? 400 : 1;
  const all = Array.from({ length }, row).join(" UNION ALL ");
  return {
    sql: repeat > 1 ? `SELECT t.* FROM (${all}) t, range(${repeat})` : all,
    options: `COMPRESSION ${pick(["snappy", "zstd", "gzip", "uncompressed", "lz4_raw"])}, ROW_GROUP_SIZE 2048, ` +
      // Parquet.Net does not read decimals and small integers in V2's encodings, and lcs says so
      `PARQUET_VERSION ${columns.some(([, kind]) => /^DEC|SMALL|TINY/.test(kind)) ? "V1" : pick(["V1", "V2"])}`,
  };
}
