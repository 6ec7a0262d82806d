import { createRequire } from 'node:module';
import { ConfigurationError } from '../errors/configuration-error.js';

/**
 * Some providers need a package that only those install who use them.
 * @param path of the setting that makes it needed, or that would do without it.
 * @param purpose of the package: “signs in to Entra ID”.
 * @throws ConfigurationError where it is not installed.
 */
export function assertInstalled(packageName: string, path: string, purpose: string, otherwise: string): void {
  if (isInstalled(packageName)) return;
  throw new ConfigurationError(
    path,
    `is missing, and so is the package ${packageName}, which ${purpose}`,
    `${otherwise}, or install the package: npm install ${packageName}`,
  );
}

function isInstalled(packageName: string): boolean {
  try {
    createRequire(import.meta.url).resolve(packageName);
    return true;
  } catch {
    return false;
  }
}
