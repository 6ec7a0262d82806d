/* What the document of the administration says, as types. */
export interface paths {
  '/admin/aliases': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List aliases */
    get: operations['Aliases_list'];
    put?: never;
    /** Make an alias */
    post: operations['Aliases_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/aliases/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read an alias */
    get: operations['Aliases_find'];
    put?: never;
    post?: never;
    /** Remove an alias */
    delete: operations['Aliases_delete'];
    options?: never;
    head?: never;
    /** Change an alias */
    patch: operations['Aliases_patch'];
    trace?: never;
  };
  '/admin/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read what was done */
    get: operations['Audit_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/audit/verify': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Go through the audit log */
    get: operations['Audit_verify'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/budgets': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read the accounts of budgets */
    get: operations['Budgets_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/cache/clear': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Have answers forgotten */
    post: operations['Cache_clear'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/circuits': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read the circuits */
    get: operations['Circuits_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/deployments': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List deployments */
    get: operations['Deployments_list'];
    put?: never;
    /** Make a deployment */
    post: operations['Deployments_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/deployments/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a deployment */
    get: operations['Deployments_find'];
    put?: never;
    post?: never;
    /** Remove a deployment */
    delete: operations['Deployments_delete'];
    options?: never;
    head?: never;
    /** Change a deployment */
    patch: operations['Deployments_patch'];
    trace?: never;
  };
  '/admin/explain': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Say what would become of a request */
    post: operations['Explain_explain'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List keys */
    get: operations['Keys_list'];
    put?: never;
    /** Make a key */
    post: operations['Keys_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/keys/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a key */
    get: operations['Keys_find'];
    put?: never;
    post?: never;
    /** Remove a key */
    delete: operations['Keys_delete'];
    options?: never;
    head?: never;
    /** Change a key */
    patch: operations['Keys_patch'];
    trace?: never;
  };
  '/admin/keys/{id}/rotate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Give a key another secret */
    post: operations['Keys_rotate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/keys/{id}/disable': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Refuse a key for now */
    post: operations['Keys_disable'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/keys/{id}/enable': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Accept a key again */
    post: operations['Keys_enable'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/keys/{id}/revoke': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Refuse a key for good */
    post: operations['Keys_revoke'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read the metrics */
    get: operations['Metrics_render'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/organizations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List organisations */
    get: operations['Organizations_list'];
    put?: never;
    /** Make an organisation */
    post: operations['Organizations_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/organizations/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read an organisation */
    get: operations['Organizations_find'];
    put?: never;
    post?: never;
    /** Remove an organisation */
    delete: operations['Organizations_delete'];
    options?: never;
    head?: never;
    /** Change an organisation */
    patch: operations['Organizations_patch'];
    trace?: never;
  };
  '/admin/prices': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List prices */
    get: operations['Prices_list'];
    put?: never;
    /** Make a price */
    post: operations['Prices_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/prices/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a price */
    get: operations['Prices_find'];
    put?: never;
    post?: never;
    /** Remove a price */
    delete: operations['Prices_delete'];
    options?: never;
    head?: never;
    /** Change a price */
    patch: operations['Prices_patch'];
    trace?: never;
  };
  '/admin/prices/{id}/versions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the versions of a price */
    get: operations['Prices_versions'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/prices/rerate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Rate past calls anew */
    post: operations['Prices_rerate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/providers': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List providers */
    get: operations['Providers_list'];
    put?: never;
    /** Make a provider */
    post: operations['Providers_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/providers/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a provider */
    get: operations['Providers_find'];
    put?: never;
    post?: never;
    /** Remove a provider */
    delete: operations['Providers_delete'];
    options?: never;
    head?: never;
    /** Change a provider */
    patch: operations['Providers_patch'];
    trace?: never;
  };
  '/admin/providers/{name}/test': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Try a provider */
    post: operations['Providers_test'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/providers/{name}/models': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the models that a provider tells */
    get: operations['Providers_models'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/providers/rekey': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Seal all secrets under the master key of now, and list keys and tokens that are not under it yet */
    post: operations['Providers_rekey'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/teams': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List teams */
    get: operations['Teams_list'];
    put?: never;
    /** Make a team */
    post: operations['Teams_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/teams/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a team */
    get: operations['Teams_find'];
    put?: never;
    post?: never;
    /** Remove a team */
    delete: operations['Teams_delete'];
    options?: never;
    head?: never;
    /** Change a team */
    patch: operations['Teams_patch'];
    trace?: never;
  };
  '/admin/tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List tokens */
    get: operations['Tokens_list'];
    put?: never;
    /** Make a token */
    post: operations['Tokens_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tokens/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a token */
    get: operations['Tokens_find'];
    put?: never;
    post?: never;
    /** Revoke a token */
    delete: operations['Tokens_revoke'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/usage/records': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read usage records */
    get: operations['Usage_records'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/usage/totals': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Add usage up */
    get: operations['Usage_totals'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/usage/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Export usage records */
    get: operations['Usage_export'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Alias: {
      name: string;
      /** @enum {string} */
      source: 'stored' | 'configuration';
      readOnly: boolean;
      createdAt: string | null;
      updatedAt: string | null;
      version: number;
      model: string;
    };
    AliasBody: {
      /** @example fast */
      name: string;
      /** @example gpt-4o-mini */
      model: string;
    };
    AliasPage: {
      aliases: components['schemas']['Alias'][];
      next: string | null;
    };
    AliasPatch: {
      /** @example gpt-4o-mini */
      model?: string;
    };
    Attempt: {
      deployment: string;
      status: number | null;
      error: string | null;
      durationMs: number;
      keyIndex?: number;
      warnings?: string[];
    };
    AuditEntry: {
      number: number;
      /** Format: date-time */
      at: string;
      requestId: string;
      tokenId: string | null;
      tokenName: string;
      action: string;
      target: string | null;
      details: Record<string, never>;
      previousHash: string;
      hash: string;
    };
    AuditHead: {
      number: number;
      hash: string;
    };
    AuditPage: {
      entries: components['schemas']['AuditEntry'][];
      next: number | null;
    };
    AuditVerification: {
      entries: number;
      isWhole: boolean;
      brokenAt: number | null;
      head: components['schemas']['AuditHead'];
    };
    Budget: {
      budget: string;
      /** @enum {string} */
      kind: 'key' | 'team' | 'organization' | 'end_user' | 'everyone';
      subject: string;
      /** @enum {string} */
      period: 'day' | 'week' | 'month' | 'total';
      hard: boolean;
      limit: string;
      spent: string;
      reserved: string;
      left: string;
      /** Format: date-time */
      windowStart: string;
      windowEnd: string | null;
    };
    BudgetVerdict: {
      budget: string;
      subject: string;
      hard: boolean;
      limit: string;
      spent: string;
      reserved: string;
      left: string;
      refuses: boolean;
    };
    Budgets: {
      budgets: components['schemas']['Budget'][];
    };
    CacheClearanceBody: {
      key?: string;
      model?: string;
    };
    Circuit: {
      deployment: string;
      /** @enum {string} */
      state: 'closed' | 'open' | 'half_open';
    };
    Circuits: {
      circuits: components['schemas']['Circuit'][];
    };
    Deployment: {
      /** @example llama-3.3-70b-versatile */
      upstreamModel?: string;
      /**
       * @example {
       *       "contextWindow": 128000
       *     }
       */
      facts?: {
        /** @example 128000 */
        contextWindow?: number;
        /** @example 16384 */
        maxOutputTokens?: number;
        /**
         * @example [
         *       "text",
         *       "image"
         *     ]
         */
        inputModalities?: ('text' | 'image' | 'audio' | 'document' | 'video')[];
        /**
         * @example [
         *       "text"
         *     ]
         */
        outputModalities?: ('text' | 'image' | 'audio' | 'video' | 'embedding')[];
        /** @example true */
        tools?: boolean;
        /** @example true */
        jsonSchema?: boolean;
        /** @example false */
        reasoning?: boolean;
      };
      /**
       * @example {
       *       "requestsPerMinute": 500
       *     }
       */
      rateLimits?: {
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      };
      name: string;
      /** @enum {string} */
      source: 'stored' | 'configuration';
      readOnly: boolean;
      createdAt: string | null;
      updatedAt: string | null;
      version: number;
      provider: string;
      model: string;
    };
    DeploymentBody: {
      /** @example azure-eu */
      provider: string;
      /** @example gpt-4o */
      model: string;
      /** @example llama-3.3-70b-versatile */
      upstreamModel?: string;
      /**
       * @example {
       *       "contextWindow": 128000
       *     }
       */
      facts?: {
        /** @example 128000 */
        contextWindow?: number;
        /** @example 16384 */
        maxOutputTokens?: number;
        /**
         * @example [
         *       "text",
         *       "image"
         *     ]
         */
        inputModalities?: ('text' | 'image' | 'audio' | 'document' | 'video')[];
        /**
         * @example [
         *       "text"
         *     ]
         */
        outputModalities?: ('text' | 'image' | 'audio' | 'video' | 'embedding')[];
        /** @example true */
        tools?: boolean;
        /** @example true */
        jsonSchema?: boolean;
        /** @example false */
        reasoning?: boolean;
      };
      /**
       * @example {
       *       "requestsPerMinute": 500
       *     }
       */
      rateLimits?: {
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      };
    };
    DeploymentPage: {
      deployments: components['schemas']['Deployment'][];
      next: string | null;
    };
    DeploymentPatch: {
      upstreamModel?: string | null;
      facts?: {
        /** @example 128000 */
        contextWindow?: number;
        /** @example 16384 */
        maxOutputTokens?: number;
        /**
         * @example [
         *       "text",
         *       "image"
         *     ]
         */
        inputModalities?: ('text' | 'image' | 'audio' | 'document' | 'video')[];
        /**
         * @example [
         *       "text"
         *     ]
         */
        outputModalities?: ('text' | 'image' | 'audio' | 'video' | 'embedding')[];
        /** @example true */
        tools?: boolean;
        /** @example true */
        jsonSchema?: boolean;
        /** @example false */
        reasoning?: boolean;
      } | null;
      rateLimits?: {
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      } | null;
    };
    ExplainBody: {
      /**
       * @example /v1/chat/completions
       * @enum {string}
       */
      endpoint?:
        | '/v1/chat/completions'
        | '/v1/completions'
        | '/v1/embeddings'
        | '/v1/images/generations'
        | '/v1/moderations'
        | '/v1/rerank'
        | '/v1/audio/speech';
      /** @example search-team */
      key?: string;
      /**
       * @example {
       *       "model": "gpt-4o-mini",
       *       "messages": [
       *         {
       *           "role": "user",
       *           "content": "Hi"
       *         }
       *       ]
       *     }
       */
      request: Record<string, never>;
    };
    ExplainedDeployment: {
      deployment: string;
      upstreamModel: string;
      chance: number;
      passedOver: string | null;
      /** @enum {string} */
      circuit: 'closed' | 'open' | 'half_open';
      ceiling: string | null;
    };
    ExplainedKey: {
      id: string | null;
      name: string;
    };
    Explanation: {
      operation: string;
      requestModel: string;
      model: string;
      key: components['schemas']['ExplainedKey'] | null;
      refusedWith: string | null;
      deployments: components['schemas']['ExplainedDeployment'][];
      ceiling: string | null;
      limits: components['schemas']['LimitVerdict'][];
      budgets: components['schemas']['BudgetVerdict'][];
    };
    Key: {
      /** @example search */
      team?: string;
      /** @example acme */
      organization?: string;
      /**
       * @example [
       *       "customer-data"
       *     ]
       */
      guardrails?: string[];
      /**
       * @example [
       *       {
       *         "name": "office-hours",
       *         "settings": {
       *           "opensAt": 6
       *         }
       *       }
       *     ]
       */
      extensions?: {
        /** @example office-hours */
        name: string;
        /**
         * @example {
         *       "opensAt": 6
         *     }
         */
        settings: Record<string, never>;
      }[];
      /**
       * @example {
       *       "enabled": false
       *     }
       */
      cache?: {
        /** @example true */
        enabled?: boolean;
        /** @example 60000 */
        ttl?: number;
      };
      /**
       * @example [
       *       {
       *         "name": "monthly",
       *         "usd": 25.5,
       *         "per": "month"
       *       }
       *     ]
       */
      budgets?: {
        /** @example monthly */
        name: string;
        /** @example 25.5 */
        usd: string | number;
        /**
         * @example month
         * @enum {string}
         */
        per: 'day' | 'week' | 'month' | 'total';
        /** @example Europe/Berlin */
        timeZone?: string;
        /**
         * @example monday
         * @enum {string}
         */
        weekStartsOn?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
        /** @example true */
        hard?: boolean;
        /**
         * @example [
         *       50,
         *       80,
         *       100
         *     ]
         */
        alerts?: number[];
      }[];
      /**
       * @example {
       *       "requestsPerMinute": 60
       *     }
       */
      rateLimits?: {
        /**
         * @example [
         *       {
         *         "model": "gpt-4o",
         *         "requestsPerMinute": 10
         *       }
         *     ]
         */
        models?: {
          /** @example gpt-4o */
          model: string;
          /** @example 60 */
          requestsPerMinute?: number;
          /** @example 10000 */
          requestsPerDay?: number;
          /** @example 100000 */
          tokensPerMinute?: number;
          /** @example 5000000 */
          tokensPerDay?: number;
          /** @example 10 */
          concurrentRequests?: number;
        }[];
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      };
      /**
       * @example warn
       * @enum {string}
       */
      parameters?: 'strict' | 'warn' | 'drop';
      /**
       * @example high
       * @enum {string}
       */
      priority?: 'low' | 'normal' | 'high';
      /**
       * @example [
       *       "10.0.0.0/8",
       *       "2001:db8::/32"
       *     ]
       */
      ipRanges?: string[];
      /**
       * @example {
       *       "contact": "search@example.com"
       *     }
       */
      metadata?: {
        [key: string]: string;
      };
      id: string;
      name: string;
      masked: string | null;
      /** @enum {string} */
      source: 'stored' | 'configuration';
      readOnly: boolean;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'revoked' | 'expired';
      models: string[] | null;
      createdAt: string | null;
      updatedAt: string | null;
      expiresAt: string | null;
      disabledAt: string | null;
      revokedAt: string | null;
      previousSecretUntil: string | null;
      version: number;
    };
    KeyBody: {
      /** @example search-team */
      name: string;
      /**
       * @example [
       *       "gpt-4o-mini"
       *     ]
       */
      models?: string[];
      /** @example 2027-01-31T18:00:00Z */
      expiresAt?: string;
      /** @example search */
      team?: string;
      /** @example acme */
      organization?: string;
      /**
       * @example [
       *       "customer-data"
       *     ]
       */
      guardrails?: string[];
      /**
       * @example [
       *       {
       *         "name": "office-hours",
       *         "settings": {
       *           "opensAt": 6
       *         }
       *       }
       *     ]
       */
      extensions?: {
        /** @example office-hours */
        name: string;
        /**
         * @example {
         *       "opensAt": 6
         *     }
         */
        settings: Record<string, never>;
      }[];
      /**
       * @example {
       *       "enabled": false
       *     }
       */
      cache?: {
        /** @example true */
        enabled?: boolean;
        /** @example 60000 */
        ttl?: number;
      };
      /**
       * @example [
       *       {
       *         "name": "monthly",
       *         "usd": 25.5,
       *         "per": "month"
       *       }
       *     ]
       */
      budgets?: {
        /** @example monthly */
        name: string;
        /** @example 25.5 */
        usd: string | number;
        /**
         * @example month
         * @enum {string}
         */
        per: 'day' | 'week' | 'month' | 'total';
        /** @example Europe/Berlin */
        timeZone?: string;
        /**
         * @example monday
         * @enum {string}
         */
        weekStartsOn?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
        /** @example true */
        hard?: boolean;
        /**
         * @example [
         *       50,
         *       80,
         *       100
         *     ]
         */
        alerts?: number[];
      }[];
      /**
       * @example {
       *       "requestsPerMinute": 60
       *     }
       */
      rateLimits?: {
        /**
         * @example [
         *       {
         *         "model": "gpt-4o",
         *         "requestsPerMinute": 10
         *       }
         *     ]
         */
        models?: {
          /** @example gpt-4o */
          model: string;
          /** @example 60 */
          requestsPerMinute?: number;
          /** @example 10000 */
          requestsPerDay?: number;
          /** @example 100000 */
          tokensPerMinute?: number;
          /** @example 5000000 */
          tokensPerDay?: number;
          /** @example 10 */
          concurrentRequests?: number;
        }[];
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      };
      /**
       * @example warn
       * @enum {string}
       */
      parameters?: 'strict' | 'warn' | 'drop';
      /**
       * @example high
       * @enum {string}
       */
      priority?: 'low' | 'normal' | 'high';
      /**
       * @example [
       *       "10.0.0.0/8",
       *       "2001:db8::/32"
       *     ]
       */
      ipRanges?: string[];
      /**
       * @example {
       *       "contact": "search@example.com"
       *     }
       */
      metadata?: {
        [key: string]: string;
      };
    };
    KeyPage: {
      keys: components['schemas']['Key'][];
      next: string | null;
    };
    KeyPatch: {
      /** @example search-team */
      name?: string;
      models?: string[] | null;
      expiresAt?: string | null;
      team?: string | null;
      organization?: string | null;
      guardrails?: string[] | null;
      extensions?:
        | {
            /** @example office-hours */
            name: string;
            /**
             * @example {
             *       "opensAt": 6
             *     }
             */
            settings: Record<string, never>;
          }[]
        | null;
      cache?: {
        /** @example true */
        enabled?: boolean;
        /** @example 60000 */
        ttl?: number;
      } | null;
      budgets?:
        | {
            /** @example monthly */
            name: string;
            /** @example 25.5 */
            usd: string | number;
            /**
             * @example month
             * @enum {string}
             */
            per: 'day' | 'week' | 'month' | 'total';
            /** @example Europe/Berlin */
            timeZone?: string;
            /**
             * @example monday
             * @enum {string}
             */
            weekStartsOn?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
            /** @example true */
            hard?: boolean;
            /**
             * @example [
             *       50,
             *       80,
             *       100
             *     ]
             */
            alerts?: number[];
          }[]
        | null;
      rateLimits?: {
        /**
         * @example [
         *       {
         *         "model": "gpt-4o",
         *         "requestsPerMinute": 10
         *       }
         *     ]
         */
        models?: {
          /** @example gpt-4o */
          model: string;
          /** @example 60 */
          requestsPerMinute?: number;
          /** @example 10000 */
          requestsPerDay?: number;
          /** @example 100000 */
          tokensPerMinute?: number;
          /** @example 5000000 */
          tokensPerDay?: number;
          /** @example 10 */
          concurrentRequests?: number;
        }[];
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      } | null;
      parameters?: ('strict' | 'warn' | 'drop') | null;
      priority?: ('low' | 'normal' | 'high') | null;
      ipRanges?: string[] | null;
      metadata?: {
        [key: string]: string;
      } | null;
    };
    LimitVerdict: {
      limit: string;
      /** @enum {string} */
      counts: 'requests' | 'tokens' | 'concurrent';
      allowed: number;
      windowSeconds: number | null;
      remaining: number;
      refuses: boolean;
    };
    ListedModels: {
      models: string[];
    };
    NewKey: {
      /** @example search */
      team?: string;
      /** @example acme */
      organization?: string;
      /**
       * @example [
       *       "customer-data"
       *     ]
       */
      guardrails?: string[];
      /**
       * @example [
       *       {
       *         "name": "office-hours",
       *         "settings": {
       *           "opensAt": 6
       *         }
       *       }
       *     ]
       */
      extensions?: {
        /** @example office-hours */
        name: string;
        /**
         * @example {
         *       "opensAt": 6
         *     }
         */
        settings: Record<string, never>;
      }[];
      /**
       * @example {
       *       "enabled": false
       *     }
       */
      cache?: {
        /** @example true */
        enabled?: boolean;
        /** @example 60000 */
        ttl?: number;
      };
      /**
       * @example [
       *       {
       *         "name": "monthly",
       *         "usd": 25.5,
       *         "per": "month"
       *       }
       *     ]
       */
      budgets?: {
        /** @example monthly */
        name: string;
        /** @example 25.5 */
        usd: string | number;
        /**
         * @example month
         * @enum {string}
         */
        per: 'day' | 'week' | 'month' | 'total';
        /** @example Europe/Berlin */
        timeZone?: string;
        /**
         * @example monday
         * @enum {string}
         */
        weekStartsOn?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
        /** @example true */
        hard?: boolean;
        /**
         * @example [
         *       50,
         *       80,
         *       100
         *     ]
         */
        alerts?: number[];
      }[];
      /**
       * @example {
       *       "requestsPerMinute": 60
       *     }
       */
      rateLimits?: {
        /**
         * @example [
         *       {
         *         "model": "gpt-4o",
         *         "requestsPerMinute": 10
         *       }
         *     ]
         */
        models?: {
          /** @example gpt-4o */
          model: string;
          /** @example 60 */
          requestsPerMinute?: number;
          /** @example 10000 */
          requestsPerDay?: number;
          /** @example 100000 */
          tokensPerMinute?: number;
          /** @example 5000000 */
          tokensPerDay?: number;
          /** @example 10 */
          concurrentRequests?: number;
        }[];
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      };
      /**
       * @example warn
       * @enum {string}
       */
      parameters?: 'strict' | 'warn' | 'drop';
      /**
       * @example high
       * @enum {string}
       */
      priority?: 'low' | 'normal' | 'high';
      /**
       * @example [
       *       "10.0.0.0/8",
       *       "2001:db8::/32"
       *     ]
       */
      ipRanges?: string[];
      /**
       * @example {
       *       "contact": "search@example.com"
       *     }
       */
      metadata?: {
        [key: string]: string;
      };
      id: string;
      name: string;
      masked: string | null;
      /** @enum {string} */
      source: 'stored' | 'configuration';
      readOnly: boolean;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'revoked' | 'expired';
      models: string[] | null;
      createdAt: string | null;
      updatedAt: string | null;
      expiresAt: string | null;
      disabledAt: string | null;
      revokedAt: string | null;
      previousSecretUntil: string | null;
      version: number;
      secret: string;
    };
    NewToken: {
      id: string;
      name: string;
      role: string | null;
      scopes: (
        | 'keys:read'
        | 'keys:write'
        | 'owners:read'
        | 'owners:write'
        | 'providers:read'
        | 'providers:write'
        | 'usage:read'
        | 'budgets:read'
        | 'routing:read'
        | 'cache:write'
        | 'prices:read'
        | 'prices:write'
        | 'audit:read'
        | 'tokens:read'
        | 'tokens:write'
      )[];
      grantedBy: string | null;
      /** @enum {string} */
      status: 'active' | 'expired' | 'revoked';
      /** Format: date-time */
      createdAt: string;
      expiresAt: string | null;
      revokedAt: string | null;
      secret: string;
    };
    Organization: {
      /**
       * @example [
       *       "gpt-4o-mini"
       *     ]
       */
      models?: string[];
      /**
       * @example [
       *       {
       *         "name": "monthly",
       *         "usd": 2500,
       *         "per": "month"
       *       }
       *     ]
       */
      budgets?: {
        /** @example monthly */
        name: string;
        /** @example 25.5 */
        usd: string | number;
        /**
         * @example month
         * @enum {string}
         */
        per: 'day' | 'week' | 'month' | 'total';
        /** @example Europe/Berlin */
        timeZone?: string;
        /**
         * @example monday
         * @enum {string}
         */
        weekStartsOn?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
        /** @example true */
        hard?: boolean;
        /**
         * @example [
         *       50,
         *       80,
         *       100
         *     ]
         */
        alerts?: number[];
      }[];
      /**
       * @example {
       *       "requestsPerMinute": 600
       *     }
       */
      rateLimits?: {
        /**
         * @example [
         *       {
         *         "model": "gpt-4o",
         *         "requestsPerMinute": 10
         *       }
         *     ]
         */
        models?: {
          /** @example gpt-4o */
          model: string;
          /** @example 60 */
          requestsPerMinute?: number;
          /** @example 10000 */
          requestsPerDay?: number;
          /** @example 100000 */
          tokensPerMinute?: number;
          /** @example 5000000 */
          tokensPerDay?: number;
          /** @example 10 */
          concurrentRequests?: number;
        }[];
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      };
      /** @example true */
      disabled?: boolean;
      /**
       * @example {
       *       "contact": "search@example.com"
       *     }
       */
      metadata?: {
        [key: string]: string;
      };
      name: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      version: number;
    };
    OrganizationBody: {
      /** @example acme */
      name: string;
      /**
       * @example [
       *       "gpt-4o-mini"
       *     ]
       */
      models?: string[];
      /**
       * @example [
       *       {
       *         "name": "monthly",
       *         "usd": 2500,
       *         "per": "month"
       *       }
       *     ]
       */
      budgets?: {
        /** @example monthly */
        name: string;
        /** @example 25.5 */
        usd: string | number;
        /**
         * @example month
         * @enum {string}
         */
        per: 'day' | 'week' | 'month' | 'total';
        /** @example Europe/Berlin */
        timeZone?: string;
        /**
         * @example monday
         * @enum {string}
         */
        weekStartsOn?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
        /** @example true */
        hard?: boolean;
        /**
         * @example [
         *       50,
         *       80,
         *       100
         *     ]
         */
        alerts?: number[];
      }[];
      /**
       * @example {
       *       "requestsPerMinute": 600
       *     }
       */
      rateLimits?: {
        /**
         * @example [
         *       {
         *         "model": "gpt-4o",
         *         "requestsPerMinute": 10
         *       }
         *     ]
         */
        models?: {
          /** @example gpt-4o */
          model: string;
          /** @example 60 */
          requestsPerMinute?: number;
          /** @example 10000 */
          requestsPerDay?: number;
          /** @example 100000 */
          tokensPerMinute?: number;
          /** @example 5000000 */
          tokensPerDay?: number;
          /** @example 10 */
          concurrentRequests?: number;
        }[];
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      };
      /** @example true */
      disabled?: boolean;
      /**
       * @example {
       *       "contact": "search@example.com"
       *     }
       */
      metadata?: {
        [key: string]: string;
      };
    };
    OrganizationPage: {
      organizations: components['schemas']['Organization'][];
      next: string | null;
    };
    OwnerPatch: {
      models?: string[] | null;
      budgets?:
        | {
            /** @example monthly */
            name: string;
            /** @example 25.5 */
            usd: string | number;
            /**
             * @example month
             * @enum {string}
             */
            per: 'day' | 'week' | 'month' | 'total';
            /** @example Europe/Berlin */
            timeZone?: string;
            /**
             * @example monday
             * @enum {string}
             */
            weekStartsOn?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
            /** @example true */
            hard?: boolean;
            /**
             * @example [
             *       50,
             *       80,
             *       100
             *     ]
             */
            alerts?: number[];
          }[]
        | null;
      rateLimits?: {
        /**
         * @example [
         *       {
         *         "model": "gpt-4o",
         *         "requestsPerMinute": 10
         *       }
         *     ]
         */
        models?: {
          /** @example gpt-4o */
          model: string;
          /** @example 60 */
          requestsPerMinute?: number;
          /** @example 10000 */
          requestsPerDay?: number;
          /** @example 100000 */
          tokensPerMinute?: number;
          /** @example 5000000 */
          tokensPerDay?: number;
          /** @example 10 */
          concurrentRequests?: number;
        }[];
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      } | null;
      disabled?: boolean | null;
      metadata?: {
        [key: string]: string;
      } | null;
    };
    Price: {
      /** @example azure */
      provider?: string;
      /** @example our-gpt */
      model?: string;
      /** @example 2026-08-17 */
      validFrom?: string;
      /** @example 2027-01-01 */
      validUntil?: string;
      /** @example openai/gpt-4o-mini */
      like?: string;
      /** @example 0.04 */
      image?: string | number;
      /**
       * @example [
       *       {
       *         "size": "1024x1792",
       *         "price": "0.08"
       *       }
       *     ]
       */
      images?: {
        /** @example 1024x1792 */
        size?: string;
        /** @example hd */
        quality?: string;
        /** @example 0.12 */
        price: string | number;
      }[];
      /** @example 0.0001 */
      second?: string | number;
      /** @example 0.000015 */
      character?: string | number;
      /** @example 0.002 */
      search?: string | number;
      /** @example 0.005 */
      request?: string | number;
      /**
       * @example [
       *       {
       *         "above": 200000,
       *         "input": "2.50",
       *         "output": "15"
       *       }
       *     ]
       */
      longContext?: {
        /** @example 200000 */
        above: number;
        /** @example 0.15 */
        input?: string | number;
        /** @example 0.075 */
        cacheRead?: string | number;
        /** @example 3.75 */
        cacheWrite5m?: string | number;
        /** @example 6 */
        cacheWrite1h?: string | number;
        /** @example 10 */
        inputAudio?: string | number;
        /** @example 10 */
        inputImage?: string | number;
        /** @example 0.6 */
        output?: string | number;
        /** @example 0.6 */
        reasoning?: string | number;
        /** @example 20 */
        outputAudio?: string | number;
        /** @example 40 */
        outputImage?: string | number;
      }[];
      /**
       * @example [
       *       {
       *         "tier": "flex",
       *         "input": "0.07",
       *         "output": "0.30"
       *       }
       *     ]
       */
      serviceTiers?: {
        /** @example flex */
        tier: string;
        /** @example 0.01 */
        search?: string | number;
        /** @example 0.005 */
        request?: string | number;
        /**
         * @example [
         *       {
         *         "above": 200000,
         *         "input": "1.25"
         *       }
         *     ]
         */
        longContext?: {
          /** @example 200000 */
          above: number;
          /** @example 0.15 */
          input?: string | number;
          /** @example 0.075 */
          cacheRead?: string | number;
          /** @example 3.75 */
          cacheWrite5m?: string | number;
          /** @example 6 */
          cacheWrite1h?: string | number;
          /** @example 10 */
          inputAudio?: string | number;
          /** @example 10 */
          inputImage?: string | number;
          /** @example 0.6 */
          output?: string | number;
          /** @example 0.6 */
          reasoning?: string | number;
          /** @example 20 */
          outputAudio?: string | number;
          /** @example 40 */
          outputImage?: string | number;
        }[];
        /** @example 0.15 */
        input?: string | number;
        /** @example 0.075 */
        cacheRead?: string | number;
        /** @example 3.75 */
        cacheWrite5m?: string | number;
        /** @example 6 */
        cacheWrite1h?: string | number;
        /** @example 10 */
        inputAudio?: string | number;
        /** @example 10 */
        inputImage?: string | number;
        /** @example 0.6 */
        output?: string | number;
        /** @example 0.6 */
        reasoning?: string | number;
        /** @example 20 */
        outputAudio?: string | number;
        /** @example 40 */
        outputImage?: string | number;
      }[];
      /** @example 0.15 */
      input?: string | number;
      /** @example 0.075 */
      cacheRead?: string | number;
      /** @example 3.75 */
      cacheWrite5m?: string | number;
      /** @example 6 */
      cacheWrite1h?: string | number;
      /** @example 10 */
      inputAudio?: string | number;
      /** @example 10 */
      inputImage?: string | number;
      /** @example 0.6 */
      output?: string | number;
      /** @example 0.6 */
      reasoning?: string | number;
      /** @example 20 */
      outputAudio?: string | number;
      /** @example 40 */
      outputImage?: string | number;
      id: string;
      /** @enum {string} */
      source: 'stored' | 'configuration';
      readOnly: boolean;
      priceVersion: string | null;
      updatedAt: string | null;
      removed: boolean;
      version: number;
    };
    PriceBody: {
      /** @example 0.15 */
      input?: string | number;
      /** @example 0.075 */
      cacheRead?: string | number;
      /** @example 3.75 */
      cacheWrite5m?: string | number;
      /** @example 6 */
      cacheWrite1h?: string | number;
      /** @example 10 */
      inputAudio?: string | number;
      /** @example 10 */
      inputImage?: string | number;
      /** @example 0.6 */
      output?: string | number;
      /** @example 0.6 */
      reasoning?: string | number;
      /** @example 20 */
      outputAudio?: string | number;
      /** @example 40 */
      outputImage?: string | number;
      /** @example azure */
      provider?: string;
      /** @example our-gpt */
      model?: string;
      /** @example 2026-08-17 */
      validFrom?: string;
      /** @example 2027-01-01 */
      validUntil?: string;
      /** @example openai/gpt-4o-mini */
      like?: string;
      /** @example 0.04 */
      image?: string | number;
      /**
       * @example [
       *       {
       *         "size": "1024x1792",
       *         "price": "0.08"
       *       }
       *     ]
       */
      images?: {
        /** @example 1024x1792 */
        size?: string;
        /** @example hd */
        quality?: string;
        /** @example 0.12 */
        price: string | number;
      }[];
      /** @example 0.0001 */
      second?: string | number;
      /** @example 0.000015 */
      character?: string | number;
      /** @example 0.002 */
      search?: string | number;
      /** @example 0.005 */
      request?: string | number;
      /**
       * @example [
       *       {
       *         "above": 200000,
       *         "input": "2.50",
       *         "output": "15"
       *       }
       *     ]
       */
      longContext?: {
        /** @example 200000 */
        above: number;
        /** @example 0.15 */
        input?: string | number;
        /** @example 0.075 */
        cacheRead?: string | number;
        /** @example 3.75 */
        cacheWrite5m?: string | number;
        /** @example 6 */
        cacheWrite1h?: string | number;
        /** @example 10 */
        inputAudio?: string | number;
        /** @example 10 */
        inputImage?: string | number;
        /** @example 0.6 */
        output?: string | number;
        /** @example 0.6 */
        reasoning?: string | number;
        /** @example 20 */
        outputAudio?: string | number;
        /** @example 40 */
        outputImage?: string | number;
      }[];
      /**
       * @example [
       *       {
       *         "tier": "flex",
       *         "input": "0.07",
       *         "output": "0.30"
       *       }
       *     ]
       */
      serviceTiers?: {
        /** @example flex */
        tier: string;
        /** @example 0.01 */
        search?: string | number;
        /** @example 0.005 */
        request?: string | number;
        /**
         * @example [
         *       {
         *         "above": 200000,
         *         "input": "1.25"
         *       }
         *     ]
         */
        longContext?: {
          /** @example 200000 */
          above: number;
          /** @example 0.15 */
          input?: string | number;
          /** @example 0.075 */
          cacheRead?: string | number;
          /** @example 3.75 */
          cacheWrite5m?: string | number;
          /** @example 6 */
          cacheWrite1h?: string | number;
          /** @example 10 */
          inputAudio?: string | number;
          /** @example 10 */
          inputImage?: string | number;
          /** @example 0.6 */
          output?: string | number;
          /** @example 0.6 */
          reasoning?: string | number;
          /** @example 20 */
          outputAudio?: string | number;
          /** @example 40 */
          outputImage?: string | number;
        }[];
        /** @example 0.15 */
        input?: string | number;
        /** @example 0.075 */
        cacheRead?: string | number;
        /** @example 3.75 */
        cacheWrite5m?: string | number;
        /** @example 6 */
        cacheWrite1h?: string | number;
        /** @example 10 */
        inputAudio?: string | number;
        /** @example 10 */
        inputImage?: string | number;
        /** @example 0.6 */
        output?: string | number;
        /** @example 0.6 */
        reasoning?: string | number;
        /** @example 20 */
        outputAudio?: string | number;
        /** @example 40 */
        outputImage?: string | number;
      }[];
    };
    PricePage: {
      prices: components['schemas']['Price'][];
      next: string | null;
    };
    PricePatch: {
      input?: (string | number) | null;
      cacheRead?: (string | number) | null;
      cacheWrite5m?: (string | number) | null;
      cacheWrite1h?: (string | number) | null;
      inputAudio?: (string | number) | null;
      inputImage?: (string | number) | null;
      output?: (string | number) | null;
      reasoning?: (string | number) | null;
      outputAudio?: (string | number) | null;
      outputImage?: (string | number) | null;
      provider?: string | null;
      model?: string | null;
      validFrom?: string | null;
      validUntil?: string | null;
      like?: string | null;
      image?: (string | number) | null;
      images?:
        | {
            /** @example 1024x1792 */
            size?: string;
            /** @example hd */
            quality?: string;
            /** @example 0.12 */
            price: string | number;
          }[]
        | null;
      second?: (string | number) | null;
      character?: (string | number) | null;
      search?: (string | number) | null;
      request?: (string | number) | null;
      longContext?:
        | {
            /** @example 200000 */
            above: number;
            /** @example 0.15 */
            input?: string | number;
            /** @example 0.075 */
            cacheRead?: string | number;
            /** @example 3.75 */
            cacheWrite5m?: string | number;
            /** @example 6 */
            cacheWrite1h?: string | number;
            /** @example 10 */
            inputAudio?: string | number;
            /** @example 10 */
            inputImage?: string | number;
            /** @example 0.6 */
            output?: string | number;
            /** @example 0.6 */
            reasoning?: string | number;
            /** @example 20 */
            outputAudio?: string | number;
            /** @example 40 */
            outputImage?: string | number;
          }[]
        | null;
      serviceTiers?:
        | {
            /** @example flex */
            tier: string;
            /** @example 0.01 */
            search?: string | number;
            /** @example 0.005 */
            request?: string | number;
            /**
             * @example [
             *       {
             *         "above": 200000,
             *         "input": "1.25"
             *       }
             *     ]
             */
            longContext?: {
              /** @example 200000 */
              above: number;
              /** @example 0.15 */
              input?: string | number;
              /** @example 0.075 */
              cacheRead?: string | number;
              /** @example 3.75 */
              cacheWrite5m?: string | number;
              /** @example 6 */
              cacheWrite1h?: string | number;
              /** @example 10 */
              inputAudio?: string | number;
              /** @example 10 */
              inputImage?: string | number;
              /** @example 0.6 */
              output?: string | number;
              /** @example 0.6 */
              reasoning?: string | number;
              /** @example 20 */
              outputAudio?: string | number;
              /** @example 40 */
              outputImage?: string | number;
            }[];
            /** @example 0.15 */
            input?: string | number;
            /** @example 0.075 */
            cacheRead?: string | number;
            /** @example 3.75 */
            cacheWrite5m?: string | number;
            /** @example 6 */
            cacheWrite1h?: string | number;
            /** @example 10 */
            inputAudio?: string | number;
            /** @example 10 */
            inputImage?: string | number;
            /** @example 0.6 */
            output?: string | number;
            /** @example 0.6 */
            reasoning?: string | number;
            /** @example 20 */
            outputAudio?: string | number;
            /** @example 40 */
            outputImage?: string | number;
          }[]
        | null;
    };
    PriceVersions: {
      prices: components['schemas']['Price'][];
    };
    ProbeBody: {
      /** @example gpt-4o-mini */
      model?: string;
    };
    Problem: {
      type: string;
      title: string;
      status: number;
      detail: string;
      code: string;
      param?: string;
      request_id: string;
    };
    Provider: {
      /** @example https://api.example.com/v1 */
      baseUrl?: string;
      /** @example 2024-10-21 */
      apiVersion?: string;
      /** @example eu-central-1 */
      region?: string;
      /** @example my-project */
      project?: string;
      /** @example 1 */
      weight?: number;
      /** @example 2 */
      maxRetries?: number;
      /** @example 30000 */
      timeout?: number;
      /** @example 3000 */
      connectTimeout?: number;
      /** @example 60000 */
      idleTimeout?: number;
      /** @example 256 */
      maxConcurrency?: number;
      /** @example 50 */
      maxWait?: number;
      /**
       * @example {
       *       "requestsPerMinute": 500
       *     }
       */
      rateLimits?: {
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      };
      name: string;
      /** @enum {string} */
      source: 'stored' | 'configuration';
      readOnly: boolean;
      createdAt: string | null;
      updatedAt: string | null;
      version: number;
      kind: string;
      discover?: boolean;
      secrets: components['schemas']['ProviderSecret'][];
      secretsReadable: boolean;
    };
    ProviderBody: {
      /** @example azure-eu */
      name: string;
      /** @example https://api.example.com/v1 */
      baseUrl?: string;
      /** @example 2024-10-21 */
      apiVersion?: string;
      /** @example eu-central-1 */
      region?: string;
      /** @example my-project */
      project?: string;
      /** @example 1 */
      weight?: number;
      /** @example 2 */
      maxRetries?: number;
      /** @example 30000 */
      timeout?: number;
      /** @example 3000 */
      connectTimeout?: number;
      /** @example 60000 */
      idleTimeout?: number;
      /** @example 256 */
      maxConcurrency?: number;
      /** @example 50 */
      maxWait?: number;
      /**
       * @example {
       *       "requestsPerMinute": 500
       *     }
       */
      rateLimits?: {
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      };
      /** @example ${OPENAI_API_KEY} */
      apiKey?: string;
      /**
       * @example [
       *       "${OPENAI_API_KEY_1}",
       *       "${OPENAI_API_KEY_2}"
       *     ]
       */
      apiKeys?: string[];
      /** @example ${AWS_ACCESS_KEY_ID} */
      accessKeyId?: string;
      /** @example ${AWS_SECRET_ACCESS_KEY} */
      secretAccessKey?: string;
      /** @example ${AWS_SESSION_TOKEN} */
      sessionToken?: string;
      /**
       * @example {
       *       "x-team": "search"
       *     }
       */
      headers?: {
        [key: string]: string;
      };
      /** @example openai */
      kind: string;
      /** @example false */
      discover?: boolean;
    };
    ProviderPage: {
      providers: components['schemas']['Provider'][];
      next: string | null;
    };
    ProviderPatch: {
      /** @example openai */
      kind?: string;
      discover?: boolean | null;
      baseUrl?: string | null;
      apiVersion?: string | null;
      region?: string | null;
      project?: string | null;
      weight?: number | null;
      maxRetries?: number | null;
      timeout?: number | null;
      connectTimeout?: number | null;
      idleTimeout?: number | null;
      maxConcurrency?: number | null;
      maxWait?: number | null;
      rateLimits?: {
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      } | null;
      apiKey?: string | null;
      apiKeys?: string[] | null;
      accessKeyId?: string | null;
      secretAccessKey?: string | null;
      sessionToken?: string | null;
      headers?: {
        [key: string]: string;
      } | null;
    };
    ProviderSecret: {
      setting: string;
      masked: string;
    };
    ProviderTrial: {
      key: number | null;
      ok: boolean;
      milliseconds: number;
      error: components['schemas']['ProviderTrialError'] | null;
    };
    ProviderTrialError: {
      code: string | null;
      status: number;
      message: string;
    };
    ProviderTrials: {
      ok: boolean;
      model: string | null;
      results: components['schemas']['ProviderTrial'][];
    };
    Rekeying: {
      rekeyed: string[];
      unreadable: string[];
      waiting: components['schemas']['RekeyingWaiting'];
    };
    RekeyingWaiting: {
      keys: string[];
      tokens: string[];
    };
    Repricing: {
      run: string;
      dryRun: boolean;
      records: number;
      changed: number;
      unpriced: number;
      oldCost: string;
      newCost: string;
    };
    RerateBody: {
      from: string;
      to: string;
      provider?: string;
      model?: string;
      dryRun?: boolean;
    };
    RotationBody: {
      /** @example 86400 */
      graceSeconds?: number;
    };
    Team: {
      /** @example acme */
      organization?: string;
      /**
       * @example [
       *       "gpt-4o-mini"
       *     ]
       */
      models?: string[];
      /**
       * @example [
       *       {
       *         "name": "monthly",
       *         "usd": 2500,
       *         "per": "month"
       *       }
       *     ]
       */
      budgets?: {
        /** @example monthly */
        name: string;
        /** @example 25.5 */
        usd: string | number;
        /**
         * @example month
         * @enum {string}
         */
        per: 'day' | 'week' | 'month' | 'total';
        /** @example Europe/Berlin */
        timeZone?: string;
        /**
         * @example monday
         * @enum {string}
         */
        weekStartsOn?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
        /** @example true */
        hard?: boolean;
        /**
         * @example [
         *       50,
         *       80,
         *       100
         *     ]
         */
        alerts?: number[];
      }[];
      /**
       * @example {
       *       "requestsPerMinute": 600
       *     }
       */
      rateLimits?: {
        /**
         * @example [
         *       {
         *         "model": "gpt-4o",
         *         "requestsPerMinute": 10
         *       }
         *     ]
         */
        models?: {
          /** @example gpt-4o */
          model: string;
          /** @example 60 */
          requestsPerMinute?: number;
          /** @example 10000 */
          requestsPerDay?: number;
          /** @example 100000 */
          tokensPerMinute?: number;
          /** @example 5000000 */
          tokensPerDay?: number;
          /** @example 10 */
          concurrentRequests?: number;
        }[];
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      };
      /** @example true */
      disabled?: boolean;
      /**
       * @example {
       *       "contact": "search@example.com"
       *     }
       */
      metadata?: {
        [key: string]: string;
      };
      name: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      version: number;
    };
    TeamBody: {
      /** @example search */
      name: string;
      /**
       * @example [
       *       "gpt-4o-mini"
       *     ]
       */
      models?: string[];
      /**
       * @example [
       *       {
       *         "name": "monthly",
       *         "usd": 2500,
       *         "per": "month"
       *       }
       *     ]
       */
      budgets?: {
        /** @example monthly */
        name: string;
        /** @example 25.5 */
        usd: string | number;
        /**
         * @example month
         * @enum {string}
         */
        per: 'day' | 'week' | 'month' | 'total';
        /** @example Europe/Berlin */
        timeZone?: string;
        /**
         * @example monday
         * @enum {string}
         */
        weekStartsOn?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
        /** @example true */
        hard?: boolean;
        /**
         * @example [
         *       50,
         *       80,
         *       100
         *     ]
         */
        alerts?: number[];
      }[];
      /**
       * @example {
       *       "requestsPerMinute": 600
       *     }
       */
      rateLimits?: {
        /**
         * @example [
         *       {
         *         "model": "gpt-4o",
         *         "requestsPerMinute": 10
         *       }
         *     ]
         */
        models?: {
          /** @example gpt-4o */
          model: string;
          /** @example 60 */
          requestsPerMinute?: number;
          /** @example 10000 */
          requestsPerDay?: number;
          /** @example 100000 */
          tokensPerMinute?: number;
          /** @example 5000000 */
          tokensPerDay?: number;
          /** @example 10 */
          concurrentRequests?: number;
        }[];
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      };
      /** @example true */
      disabled?: boolean;
      /**
       * @example {
       *       "contact": "search@example.com"
       *     }
       */
      metadata?: {
        [key: string]: string;
      };
      /** @example acme */
      organization?: string;
    };
    TeamPage: {
      teams: components['schemas']['Team'][];
      next: string | null;
    };
    TeamPatch: {
      organization?: string | null;
      models?: string[] | null;
      budgets?:
        | {
            /** @example monthly */
            name: string;
            /** @example 25.5 */
            usd: string | number;
            /**
             * @example month
             * @enum {string}
             */
            per: 'day' | 'week' | 'month' | 'total';
            /** @example Europe/Berlin */
            timeZone?: string;
            /**
             * @example monday
             * @enum {string}
             */
            weekStartsOn?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
            /** @example true */
            hard?: boolean;
            /**
             * @example [
             *       50,
             *       80,
             *       100
             *     ]
             */
            alerts?: number[];
          }[]
        | null;
      rateLimits?: {
        /**
         * @example [
         *       {
         *         "model": "gpt-4o",
         *         "requestsPerMinute": 10
         *       }
         *     ]
         */
        models?: {
          /** @example gpt-4o */
          model: string;
          /** @example 60 */
          requestsPerMinute?: number;
          /** @example 10000 */
          requestsPerDay?: number;
          /** @example 100000 */
          tokensPerMinute?: number;
          /** @example 5000000 */
          tokensPerDay?: number;
          /** @example 10 */
          concurrentRequests?: number;
        }[];
        /** @example 60 */
        requestsPerMinute?: number;
        /** @example 10000 */
        requestsPerDay?: number;
        /** @example 100000 */
        tokensPerMinute?: number;
        /** @example 5000000 */
        tokensPerDay?: number;
        /** @example 10 */
        concurrentRequests?: number;
      } | null;
      disabled?: boolean | null;
      metadata?: {
        [key: string]: string;
      } | null;
    };
    Token: {
      id: string;
      name: string;
      role: string | null;
      scopes: (
        | 'keys:read'
        | 'keys:write'
        | 'owners:read'
        | 'owners:write'
        | 'providers:read'
        | 'providers:write'
        | 'usage:read'
        | 'budgets:read'
        | 'routing:read'
        | 'cache:write'
        | 'prices:read'
        | 'prices:write'
        | 'audit:read'
        | 'tokens:read'
        | 'tokens:write'
      )[];
      grantedBy: string | null;
      /** @enum {string} */
      status: 'active' | 'expired' | 'revoked';
      /** Format: date-time */
      createdAt: string;
      expiresAt: string | null;
      revokedAt: string | null;
    };
    TokenBody: {
      /** @example dashboards */
      name: string;
      /**
       * @example viewer
       * @enum {string}
       */
      role?: 'owner' | 'admin' | 'billing' | 'viewer';
      /**
       * @example [
       *       "usage:read"
       *     ]
       */
      scopes?: (
        | 'keys:read'
        | 'keys:write'
        | 'owners:read'
        | 'owners:write'
        | 'providers:read'
        | 'providers:write'
        | 'usage:read'
        | 'budgets:read'
        | 'routing:read'
        | 'cache:write'
        | 'prices:read'
        | 'prices:write'
        | 'audit:read'
        | 'tokens:read'
        | 'tokens:write'
      )[];
      /** @example 2027-01-31T18:00:00Z */
      expiresAt?: string;
    };
    TokenPage: {
      tokens: components['schemas']['Token'][];
      next: string | null;
    };
    Tokens: {
      inputUncached: number;
      cacheRead: number;
      cacheWrite5m: number;
      cacheWrite1h: number;
      inputAudio: number;
      output: number;
      reasoning: number;
      outputAudio: number;
    };
    Units: {
      images?: number;
      imageSize?: string;
      imageQuality?: string;
      seconds?: number;
      isEstimated?: boolean;
      characters?: number;
      searches?: number;
      inputImageTokens?: number;
      outputImageTokens?: number;
      serviceTier?: string;
    };
    UsageRecord: {
      requestId: string;
      /** Format: date-time */
      startedAt: string;
      durationMs: number;
      firstChunkMs: number | null;
      operation: string;
      streaming: boolean;
      keyId: string | null;
      keyName: string;
      team: string | null;
      organization: string | null;
      endUser: string | null;
      tag: string | null;
      requestModel: string;
      model: string;
      provider: string | null;
      upstreamModel: string | null;
      answeredBy: string | null;
      /** @enum {string} */
      status: 'completed' | 'failed' | 'aborted';
      httpStatus: number;
      errorCode: string | null;
      /** @enum {string} */
      grade: 'exact' | 'estimated' | 'none';
      tokens: components['schemas']['Tokens'];
      units: components['schemas']['Units'] | null;
      cost: string | null;
      priceVersion: string | null;
      failedAttemptsCost: string;
      attempts: components['schemas']['Attempt'][];
    };
    UsageRecordPage: {
      records: components['schemas']['UsageRecord'][];
      next: string | null;
    };
    UsageTotal: {
      day?: string;
      hour?: string;
      key?: components['schemas']['UsageTotalKey'];
      team?: string | null;
      organization?: string | null;
      endUser?: string | null;
      tag?: string | null;
      model?: string;
      provider?: string | null;
      operation?: string;
      calls: number;
      completed: number;
      failed: number;
      aborted: number;
      tokens: components['schemas']['Tokens'];
      cost: string;
      unpriced: number;
    };
    UsageTotalKey: {
      id: string | null;
      name: string;
    };
    UsageTotals: {
      totals: components['schemas']['UsageTotal'][];
      truncated: boolean;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  Aliases_list: {
    parameters: {
      query?: {
        model?: string;
        limit?: number;
        cursor?: string;
        source?: 'stored' | 'configuration';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AliasPage'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Aliases_create: {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AliasBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Alias'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Aliases_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Alias'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Aliases_delete: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Aliases_patch: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AliasPatch'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Alias'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Audit_list: {
    parameters: {
      query?: {
        from?: string;
        to?: string;
        action?: string;
        target?: string;
        tokenId?: string;
        limit?: number;
        cursor?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditPage'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope audit:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Audit_verify: {
    parameters: {
      query?: {
        number?: number;
        hash?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditVerification'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope audit:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Budgets_list: {
    parameters: {
      query?: {
        budget?: string;
        kind?: 'key' | 'team' | 'organization' | 'end_user' | 'everyone';
        subject?: string;
        limit?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Budgets'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope budgets:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Cache_clear: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CacheClearanceBody'];
      };
    };
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope cache:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Circuits_list: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Circuits'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope routing:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Deployments_list: {
    parameters: {
      query?: {
        provider?: string;
        model?: string;
        limit?: number;
        cursor?: string;
        source?: 'stored' | 'configuration';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DeploymentPage'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Deployments_create: {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DeploymentBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Deployment'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Deployments_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Deployment'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Deployments_delete: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Deployments_patch: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DeploymentPatch'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Deployment'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Explain_explain: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ExplainBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Explanation'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope routing:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Keys_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        sort?: 'createdAt' | '-createdAt' | 'name' | '-name';
        source?: 'stored' | 'configuration';
        name?: string;
        team?: string;
        organization?: string;
        status?: 'active' | 'disabled' | 'revoked' | 'expired';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyPage'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope keys:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Keys_create: {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['KeyBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NewKey'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope keys:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Keys_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Key'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope keys:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Keys_delete: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope keys:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Keys_patch: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['KeyPatch'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Key'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope keys:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Keys_rotate: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RotationBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NewKey'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope keys:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Keys_disable: {
    parameters: {
      query?: never;
      header?: {
        'If-Match'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Key'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope keys:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Keys_enable: {
    parameters: {
      query?: never;
      header?: {
        'If-Match'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Key'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope keys:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Keys_revoke: {
    parameters: {
      query?: never;
      header?: {
        'If-Match'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Key'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope keys:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Metrics_render: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
      /** @description It was asked in the wrong way. */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Organizations_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OrganizationPage'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope owners:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Organizations_create: {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['OrganizationBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Organization'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope owners:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Organizations_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Organization'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope owners:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Organizations_delete: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope owners:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Organizations_patch: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['OwnerPatch'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Organization'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope owners:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Prices_list: {
    parameters: {
      query?: {
        provider?: string;
        model?: string;
        limit?: number;
        cursor?: string;
        source?: 'stored' | 'configuration';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PricePage'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope prices:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Prices_create: {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PriceBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Price'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope prices:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Prices_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Price'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope prices:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Prices_delete: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope prices:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Prices_patch: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PricePatch'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Price'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope prices:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Prices_versions: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PriceVersions'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope prices:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Prices_rerate: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RerateBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Repricing'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope prices:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Providers_list: {
    parameters: {
      query?: {
        kind?: string;
        limit?: number;
        cursor?: string;
        source?: 'stored' | 'configuration';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProviderPage'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Providers_create: {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ProviderBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Provider'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Providers_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Provider'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Providers_delete: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Providers_patch: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ProviderPatch'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Provider'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Providers_test: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['ProbeBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProviderTrials'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Providers_models: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListedModels'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Providers_rekey: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Rekeying'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope providers:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Teams_list: {
    parameters: {
      query?: {
        organization?: string;
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TeamPage'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope owners:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Teams_create: {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['TeamBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Team'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope owners:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Teams_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Team'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope owners:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Teams_delete: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope owners:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Teams_patch: {
    parameters: {
      query?: never;
      header: {
        'If-Match': string;
      };
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['TeamPatch'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Team'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope owners:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Tokens_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        grantedBy?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenPage'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope tokens:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Tokens_create: {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['TokenBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NewToken'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope tokens:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Tokens_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Token'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope tokens:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Tokens_revoke: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope tokens:write. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Usage_records: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        from?: string;
        to?: string;
        key?: string;
        team?: string;
        organization?: string;
        endUser?: string;
        tag?: string;
        model?: string;
        provider?: string;
        operation?: string;
        status?: 'completed' | 'failed' | 'aborted';
        grade?: 'exact' | 'estimated' | 'none';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['UsageRecordPage'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope usage:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Usage_totals: {
    parameters: {
      query?: {
        by?: (
          'day' | 'hour' | 'key' | 'team' | 'organization' | 'endUser' | 'tag' | 'model' | 'provider' | 'operation'
        )[];
        from?: string;
        to?: string;
        key?: string;
        team?: string;
        organization?: string;
        endUser?: string;
        tag?: string;
        model?: string;
        provider?: string;
        operation?: string;
        status?: 'completed' | 'failed' | 'aborted';
        grade?: 'exact' | 'estimated' | 'none';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['UsageTotals'];
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope usage:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  Usage_export: {
    parameters: {
      query?: {
        format?: 'csv' | 'ndjson';
        from?: string;
        to?: string;
        key?: string;
        team?: string;
        organization?: string;
        endUser?: string;
        tag?: string;
        model?: string;
        provider?: string;
        operation?: string;
        status?: 'completed' | 'failed' | 'aborted';
        grade?: 'exact' | 'estimated' | 'none';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/csv': string;
          'application/x-ndjson': string;
        };
      };
      /** @description There is no token, or none that is good. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token lacks the scope usage:read. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It was not done. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
}
