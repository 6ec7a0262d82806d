/** A credential that lets requests in for a while. */
export interface ExpiringToken<Token = string> {
  readonly token: Token;
  /** Milliseconds since 1970; `Infinity` where it does not end. */
  readonly expiresAt: number;
}

/** A token is renewed this long before it ends, in milliseconds. */
const RENEWAL_MARGIN = 5 * 60_000;
/** The shortest time between two renewals while the token at hand is still good, in milliseconds. */
const RENEWAL_PAUSE = 10_000;

/**
 * Keeps one token and renews it before it ends. Requests that come during a renewal share it, and wait for it only
 * where there is no good token at hand.
 */
export class TokenCache<Token = string> {
  private current: ExpiringToken<Token> | undefined;
  private renewal: Promise<Token> | undefined;
  /** When the token at hand is to be renewed, or the renewal to be tried again. */
  private renewAt = 0;

  /**
   * @param fetch gets a token from whoever gives them out.
   * @param now milliseconds since 1970.
   */
  constructor(
    private readonly fetch: () => Promise<ExpiringToken<Token>>,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws what `fetch` throws, where there is no token that is still good. */
  get(): Promise<Token> {
    const { current } = this;
    const now = this.now();
    if (current === undefined || now >= current.expiresAt) return this.renew();
    if (now >= this.renewAt) {
      // The token at hand is good for a while yet: a failure is no loss, and the next request tries again.
      this.renew().catch(() => undefined);
    }
    return Promise.resolve(current.token);
  }

  /** The token at hand was refused, whatever it says: the next request waits for another. */
  forget(): void {
    this.current = undefined;
  }

  private renew(): Promise<Token> {
    this.renewal ??= this.fetchAndKeep().finally(() => {
      this.renewal = undefined;
    });
    return this.renewal;
  }

  private async fetchAndKeep(): Promise<Token> {
    try {
      const fetched = await this.fetch();
      this.current = fetched;
      this.renewAt = Math.max(fetched.expiresAt - RENEWAL_MARGIN, this.now() + RENEWAL_PAUSE);
      return fetched.token;
    } catch (error) {
      this.renewAt = this.now() + RENEWAL_PAUSE;
      throw error;
    }
  }
}
