import { EmbeddedPostgres } from '../../src/server/embedded-postgres.js';

/** Starts a server on the folder in the first argument, says so, and stays until its standard input ends. */
const postgres = await EmbeddedPostgres.start(process.argv[2] ?? '', (line) => console.error(line));
console.log(JSON.stringify(postgres.connection));
process.stdin.resume();
process.stdin.once('end', () => {
  void postgres.stop().then(() => console.log('stopped'));
});
