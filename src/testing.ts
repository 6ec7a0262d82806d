export { RecordedProvider, type RecordedProviderOptions } from './testing/recorded-provider.js';
