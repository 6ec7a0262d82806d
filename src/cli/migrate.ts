import { migrate, migrationState } from '../persistence/migrate.js';
import { readEnvironmentSettings } from '../server/configuration/environment-settings.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { print, printJson, remark, type Terminal } from './terminal.js';
import { withDatabase } from './with-database.js';

/** Says which migrations have not run yet, and changes nothing. */
export async function planMigrations(isJson: boolean, terminal: Terminal): Promise<ExitCode> {
  const settings = readEnvironmentSettings(terminal.env, terminal.directory);
  const { pending, unknown } = await withDatabase(settings, (dataSource) => migrationState(dataSource));
  if (isJson) printJson(terminal, { pending, unknown });
  else {
    print(terminal, pending.length === 0 ? 'The tables are up to date.' : pending.join('\n'));
    if (unknown.length > 0)
      remark(terminal, `A newer version has run, which this one does not know: ${unknown.join(', ')}`);
  }
  return EXIT.ok;
}

/** Brings the tables up to date, as each start of a server does. */
export async function runMigrations(isJson: boolean, terminal: Terminal): Promise<ExitCode> {
  const settings = readEnvironmentSettings(terminal.env, terminal.directory);
  const done = await withDatabase(settings, (dataSource) => migrate(dataSource));
  if (isJson) printJson(terminal, { done });
  else
    print(
      terminal,
      done.length === 0 ? 'The tables are up to date.' : done.map((name) => `Migrated: ${name}`).join('\n'),
    );
  return EXIT.ok;
}
