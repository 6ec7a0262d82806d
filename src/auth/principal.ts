/** Who calls, as the guard found out. */
export interface Principal {
  /** `null` for a key from the configuration, and when authentication is disabled. */
  readonly keyId: string | null;
  readonly keyName: string;
  /** Names of the models it may use; `null` for all. */
  readonly allowedModels: ReadonlySet<string> | null;
}

export function mayUseModel(principal: Principal, model: string): boolean {
  return principal.allowedModels === null || principal.allowedModels.has(model);
}
