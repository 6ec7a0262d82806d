import { describe, expect, it } from 'vitest';
import { signatureProblem, type SignedRequest } from '../../../test/support/aws.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type AwsCredentials } from './bedrock.credentials.js';
import { modelPath } from './bedrock.endpoint.js';
import { RequestSigner } from './bedrock.signing.js';

const IDENTITY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const SCOPE = { region: 'eu-central-1', service: 'bedrock' };
const NOON = Date.UTC(2026, 2, 1, 12);

const post = (path: string, body: string | Buffer = '{}'): UpstreamRequest => ({
  method: 'POST',
  origin: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
  path,
  headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'nestgate' },
  body,
});

const signerOf = (credentials: AwsCredentials = IDENTITY, now = NOON): RequestSigner =>
  new RequestSigner(
    SCOPE.region,
    () => Promise.resolve(credentials),
    () => now,
  );

const asReceived = ({ method, path, headers, body = '' }: UpstreamRequest): SignedRequest => ({
  method,
  path,
  headers,
  body: Buffer.from(typeof body === 'function' ? '' : body),
});

/** The requests and signatures that AWS has published, to try the check by which the signer is tried. */
describe('the check of signatures', () => {
  const published: [string, SignedRequest, string][] = [
    [
      'get-vanilla',
      {
        method: 'GET',
        path: '/',
        body: Buffer.alloc(0),
        headers: {
          host: 'example.amazonaws.com',
          'x-amz-date': '20150830T123600Z',
          authorization:
            'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
        },
      },
      'service',
    ],
    [
      'post-vanilla',
      {
        method: 'POST',
        path: '/',
        body: Buffer.alloc(0),
        headers: {
          host: 'example.amazonaws.com',
          'x-amz-date': '20150830T123600Z',
          authorization:
            'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
        },
      },
      'service',
    ],
    [
      'the ListUsers of IAM’s documentation',
      {
        method: 'GET',
        path: '/?Action=ListUsers&Version=2010-05-08',
        body: Buffer.alloc(0),
        headers: {
          'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
          host: 'iam.amazonaws.com',
          'x-amz-date': '20150830T123600Z',
          authorization:
            'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
        },
      },
      'iam',
    ],
  ];

  it.each(published)('agrees with AWS on %s', (_name, request, service) => {
    expect(signatureProblem(request, IDENTITY, { region: 'us-east-1', service })).toBeUndefined();
    expect(signatureProblem({ ...request, path: '/other' }, IDENTITY, { region: 'us-east-1', service })).toContain(
      'does not match',
    );
  });
});

describe('RequestSigner', () => {
  it.each([
    ['a model', 'amazon.nova-lite-v1:0'],
    ['an inference profile', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['an ARN', 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2/c3'],
    ['a name with all that paths cannot hold', 'a b/c?d#e%f:g!(h)*é'],
  ])('signs the path of %s as AWS wants it', async (_name, model) => {
    const path = modelPath(model, 'converse');
    const signed = await signerOf().sign(post(path, '{"messages":[]}'));

    expect(signatureProblem(asReceived(signed), IDENTITY, SCOPE)).toBeUndefined();
    // It is sent as it was, encoded once.
    expect(signed.path).toBe(path);
    expect(decodeURIComponent(path.split('/')[2] ?? '')).toBe(model);
  });

  it('signs a query', async () => {
    const request = { ...post('/inference-profiles?maxResults=1000&nextToken=a%2Bb%2F%3D%3D'), method: 'GET' } as const;
    const signed = await signerOf().sign(request);
    expect(signatureProblem({ ...asReceived(signed) }, IDENTITY, SCOPE)).toBeUndefined();
  });

  it('signs the body, whatever it is', async () => {
    const signed = await signerOf().sign(post('/model/m/converse', Buffer.from([0, 255, 128])));
    expect(signatureProblem(asReceived(signed), IDENTITY, SCOPE)).toBeUndefined();
    const other = { ...asReceived(signed), body: Buffer.from('other') };
    expect(signatureProblem(other, IDENTITY, SCOPE)).toBe('The hash is not that of the body.');
  });

  it('signs what AWS reads, and leaves alone what a proxy may change', async () => {
    const { headers } = await signerOf({ ...IDENTITY, sessionToken: 'token' }).sign(post('/model/m/converse'));
    expect(headers['authorization']).toContain(
      'SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token,',
    );
    expect(headers).toMatchObject({
      accept: 'application/json',
      'user-agent': 'nestgate',
      host: 'bedrock-runtime.eu-central-1.amazonaws.com',
      'x-amz-date': '20260301T120000Z',
      'x-amz-security-token': 'token',
    });
  });

  it('signs for the port, where there is one', async () => {
    const signed = await signerOf().sign({ ...post('/model/m/converse'), origin: 'http://127.0.0.1:8080' });
    expect(signed.headers['host']).toBe('127.0.0.1:8080');
    expect(signatureProblem(asReceived(signed), IDENTITY, SCOPE)).toBeUndefined();
  });

  it('signs with what the credentials are by then', async () => {
    let credentials: AwsCredentials = { ...IDENTITY, expiration: new Date(NOON - 1) };
    const signer = new RequestSigner(
      SCOPE.region,
      () => Promise.resolve(credentials),
      () => NOON,
    );
    expect(signatureProblem(asReceived(await signer.sign(post('/x'))), IDENTITY, SCOPE)).toBeUndefined();
    const next = { accessKeyId: 'AKIDNEXT', secretAccessKey: 'another', sessionToken: 'of the next' };
    credentials = next;
    expect(signatureProblem(asReceived(await signer.sign(post('/x'))), next, SCOPE)).toBeUndefined();
  });

  describe('with a clock that is wrong', () => {
    const refusal = (date: string | undefined) => ({
      status: 403,
      headers: date === undefined ? {} : { date },
      body: Buffer.alloc(0),
    });
    const LATER = 'Sun, 01 Mar 2026 13:00:00 GMT';

    it.each(['InvalidSignatureException', 'RequestExpired', 'RequestTimeTooSkewed'])(
      'goes by that of AWS after %s',
      async (code) => {
        const signer = signerOf();
        expect(signer.correctClock(refusal(LATER), code)).toBe(true);
        expect((await signer.sign(post('/x'))).headers['x-amz-date']).toBe('20260301T130000Z');
        // A second refusal has another cause.
        expect(signer.correctClock(refusal(LATER), code)).toBe(false);
      },
    );

    it.each([
      ['another error', 'AccessDeniedException', LATER],
      ['none', null, LATER],
      ['a time that is near enough', 'InvalidSignatureException', 'Sun, 01 Mar 2026 12:03:00 GMT'],
      ['no time', 'InvalidSignatureException', undefined],
      ['nonsense', 'InvalidSignatureException', 'soon'],
    ])('stays with its own after %s', async (_name, code, date) => {
      const signer = signerOf();
      expect(signer.correctClock(refusal(date), code)).toBe(false);
      expect((await signer.sign(post('/x'))).headers['x-amz-date']).toBe('20260301T120000Z');
    });
  });
});
