import { type DynamicModule } from '@nestjs/common';
import { onTestFinished, vi } from 'vitest';
import { AwsCredentialSource } from '../../src/providers/bedrock/bedrock.credentials.js';
import { type AwsIdentity, signatureProblem } from './aws.js';
import { type Behaviour, FakeUpstream, json, status } from './fake-upstream.js';
import { type GatewayUnderTest, startGateway } from './gateway.js';

export const REGION = 'eu-central-1';
export const MODEL = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
export const KEYS: AwsIdentity = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
export const TOKENS = { input: 21, output: 9 };

export interface BedrockStage {
  readonly upstream: FakeUpstream;
  readonly gateway: GatewayUnderTest;
}

export interface BedrockStageOptions {
  /** Settings that hold credentials; none where a host gives them out. */
  readonly settings?: Partial<AwsIdentity> & { readonly apiKey?: string };
  readonly source?: AwsCredentialSource;
  readonly upstreamModel?: string;
}

/** A gateway before one fake Bedrock, which serves `model`. */
export async function bedrockStage({
  settings,
  source,
  upstreamModel = MODEL,
}: BedrockStageOptions = {}): Promise<BedrockStage> {
  const upstream = await FakeUpstream.start();
  onTestFinished(() => upstream.close());
  const provider = {
    name: 'aws',
    kind: 'bedrock',
    region: REGION,
    baseUrl: new URL(upstream.baseUrl).origin,
    models: [{ name: 'model', upstreamModel }],
    ...(settings ?? (source === undefined ? KEYS : {})),
  };
  const imports = source === undefined ? [] : [hostModule(source)];
  const gateway = await startGateway({ providers: [provider] }, { imports });
  // The shortest pauses. Not before Nest has named its modules, by chance too.
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
  onTestFinished(() => gateway.close());
  return { upstream, gateway };
}

/** Credentials that a host gives out. */
function hostModule(source: AwsCredentialSource): DynamicModule {
  return {
    module: class HostCredentials {},
    global: true,
    providers: [{ provide: AwsCredentialSource, useValue: source }],
    exports: [AwsCredentialSource],
  };
}

/** Bedrock’s door: what is not signed as it should be is refused. */
export const guarded =
  (behaviour: Behaviour, identity = KEYS): Behaviour =>
  (seen) => {
    const problem = signatureProblem(seen, identity, { region: REGION, service: 'bedrock' });
    return problem === undefined ? behaviour(seen) : refuse('InvalidSignatureException', problem)(seen);
  };

export const refuse = (code: string, message: string, headers: Record<string, string> = {}): Behaviour =>
  status(403, { message }, { 'x-amzn-errortype': `${code}:http://internal.amazon.com/coral/`, ...headers });

export const converseAnswer = (content: object[], stopReason = 'end_turn'): Behaviour =>
  json({
    output: { message: { role: 'assistant', content } },
    stopReason,
    usage: { inputTokens: TOKENS.input, outputTokens: TOKENS.output, totalTokens: 30, cacheReadInputTokens: 0 },
    metrics: { latencyMs: 100 },
  });
