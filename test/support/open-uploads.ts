import { fstatSync, readdirSync, readlinkSync } from 'node:fs';

/** Linux tells which files a process has open, those without a name included. */
export const canSeeOpenFiles = process.platform === 'linux';

/** Files with uploaded bytes that this process has open, below a directory. */
export function openUploads(directory: string): string[] {
  return descriptorsOf(directory).map(targetOf);
}

/** What those files hold together. */
export function bytesOnDisk(directory: string): number {
  return descriptorsOf(directory).reduce((sum, descriptor) => sum + fstatSync(Number(descriptor)).size, 0);
}

function descriptorsOf(directory: string): string[] {
  return readdirSync('/proc/self/fd').filter((descriptor) =>
    targetOf(descriptor).startsWith(`${directory}/nestgate-upload-`),
  );
}

function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // Closed in the meantime.
    return '';
  }
}
