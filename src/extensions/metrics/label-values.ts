import { type AttemptTarget } from '../../events/attempt.js';
import { BoundedLabel, OTHER } from './bounded-label.js';

const MAX_MODELS = 500;
const MAX_ERROR_TYPES = 100;
const MAX_BUDGETS = 200;

/** The values of the labels that callers and providers could otherwise make as many of as they like. */
export class LabelValues {
  private readonly models = new BoundedLabel(MAX_MODELS);
  private readonly errorTypes = new BoundedLabel(MAX_ERROR_TYPES);
  private readonly budgets = new BoundedLabel(MAX_BUDGETS);
  private readonly keys: BoundedLabel | undefined;

  /** @param maxKeys 0 for no label of keys. */
  constructor(maxKeys: number) {
    this.keys = maxKeys > 0 ? new BoundedLabel(maxKeys) : undefined;
  }

  get hasKeys(): boolean {
    return this.keys !== undefined;
  }

  /** A model that only its request has named is none of ours. */
  model(target: AttemptTarget | undefined): string {
    return target === undefined || target.isUnlisted === true ? OTHER : this.models.of(target.model);
  }

  /** Empty where there was no error. A provider may bring codes of its own. */
  errorType(code: string | null): string {
    return code === null ? '' : this.errorTypes.of(code);
  }

  budget(name: string): string {
    return this.budgets.of(name);
  }

  key(name: string): { readonly key?: string } {
    return this.keys === undefined ? {} : { key: this.keys.of(name) };
  }
}
