import { type ServerConfiguration } from './configuration/server-configuration.js';
import { type FirstSecrets, type StartedServer } from './start-server.js';

/** What a person reads at the start: where it is, what it serves, and what to type next. */
export function startMessage(configuration: ServerConfiguration, server: StartedServer): string {
  const { url, adminUrl, firstKey, firstAdminToken, firstModel, later } = server;
  const { gateway, origins, databaseUrl, dataDirectory, configFile, workers } = configuration;
  const isSimulated = origins.every(({ kind }) => kind === 'simulator');
  const address = addressOf(url);
  const lines = [
    `Nestgate listens on ${address}`,
    '',
    `  providers      ${origins.map(({ provider, origin }) => `${provider} (${origin})`).join(', ')}`,
    `  configuration  ${configFile ?? 'none: environment variables and defaults'}`,
    `  records        ${databaseUrl === undefined ? `embedded Postgres in ${dataDirectory}` : 'Postgres at DATABASE_URL'}${later === undefined ? '' : ', which does not answer yet'}`,
    ...(workers === 1 ? [] : [`  workers        ${workers}`]),
    `  keys           ${describeKeys(configuration, firstKey)}`,
    ...(adminUrl === undefined ? [] : [`  administration ${addressOf(adminUrl)}`]),
    '',
  ];
  lines.push(...secretLines({ firstKey, firstAdminToken }));
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

/** What is shown of secrets that were made later than at the start; empty where none were. */
export function laterMessage(secrets: FirstSecrets): string {
  return secretLines(secrets).join('\n');
}

function secretLines({ firstKey, firstAdminToken }: FirstSecrets): string[] {
  return [
    ...(firstKey === undefined ? [] : [`  Your first key, shown this once:  ${firstKey}`, '']),
    ...(firstAdminToken === undefined ? [] : [`  Your admin token, shown this once:  ${firstAdminToken}`, '']),
  ];
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
