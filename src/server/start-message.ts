import { type ServerConfiguration } from './configuration/server-configuration.js';
import { type StartedServer } from './start-server.js';

/** What a person reads at the start: where it is, what it serves, and what to type next. */
export function startMessage(configuration: ServerConfiguration, server: StartedServer): string {
  const { url, adminUrl, firstKey, firstAdminToken, firstModel } = server;
  const { gateway, origins, databaseUrl, dataDirectory, configFile, workers } = configuration;
  const isSimulated = origins.every(({ kind }) => kind === 'simulator');
  const address = addressOf(url);
  const lines = [
    `Nestgate listens on ${address}`,
    '',
    `  providers      ${origins.map(({ provider, origin }) => `${provider} (${origin})`).join(', ')}`,
    `  configuration  ${configFile ?? 'none: environment variables and defaults'}`,
    `  records        ${databaseUrl === undefined ? `embedded Postgres in ${dataDirectory}` : 'Postgres at DATABASE_URL'}`,
    ...(workers === 1 ? [] : [`  workers        ${workers}`]),
    `  keys           ${describeKeys(configuration, firstKey)}`,
    ...(adminUrl === undefined ? [] : [`  administration ${addressOf(adminUrl)}`]),
    '',
  ];
  if (firstKey !== undefined) lines.push(`  Your first key, shown this once:  ${firstKey}`, '');
  if (firstAdminToken !== undefined) lines.push(`  Your admin token, shown this once:  ${firstAdminToken}`, '');
  const key = gateway.auth === 'disabled' ? undefined : (firstKey ?? '$YOUR_KEY');
  lines.push(
    '  Try it:',
    '',
    `    curl ${address}/v1/chat/completions \\`,
    ...(key === undefined ? [] : [`      -H "Authorization: Bearer ${key}" \\`]),
    '      -H "Content-Type: application/json" \\',
    `      -d '{"model": "${firstModel ?? 'MODEL'}", "messages": [{"role": "user", "content": "Hello!"}]}'`,
    '',
  );
  if (isSimulated) {
    lines.push(
      '  This is the built-in simulator: it sends your own message back. For a real provider, set its key and start again:',
      '',
      '    OPENAI_API_KEY=sk-... npm start        (or ANTHROPIC_API_KEY, GROQ_API_KEY, MISTRAL_API_KEY, ...)',
      '',
      '  or write a nestgate.yaml: nestgate.example.yaml shows how.',
      '',
    );
  }
  return lines.join('\n');
}

function addressOf(url: string): string {
  return url.replace('[::]', 'localhost').replace('0.0.0.0', 'localhost').replace('127.0.0.1', 'localhost');
}

function describeKeys({ gateway }: ServerConfiguration, firstKey: string | undefined): string {
  if (gateway.auth === 'disabled') return 'not asked for: everybody may call (auth: disabled)';
  const configured = gateway.keys?.length ?? 0;
  if (configured > 0) return `${configured} configured, and those in the database`;
  return firstKey === undefined ? 'those in the database' : 'one made just now';
}
