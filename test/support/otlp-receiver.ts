import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Changes } from './changes.js';

export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

interface Received {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: ReceivedSpan['attributes'] };
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
  }[];
}

/** A receiver of traces by OTLP over HTTP. */
export class OtlpReceiver {
  /** Bodies as they came. */
  readonly bodies: string[] = [];
  /** What it does with a batch, once it has it. */
  answer: (response: ServerResponse) => void = (response) => void response.end('{}');
  private readonly changes = new Changes();
  private readonly server: Server = createServer((request, response) => {
    void text(request).then((body) => {
      this.bodies.push(body);
      this.answer(response);
      this.changes.tell();
    });
  });

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1/traces`;
  }

  get spans(): readonly ReceivedSpan[] {
    return this.bodies
      .map((body) => JSON.parse(body) as Received)
      .flatMap(({ resourceSpans }) => resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ spans }) => spans);
  }

  waitFor(condition: (receiver: this) => boolean): Promise<void> {
    return this.changes.waitFor(() => condition(this), String(condition));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}
