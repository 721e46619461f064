/** Why a file cannot be read, in words. */
export function readError(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "there is no such file";
  if (error.code === "EISDIR") return "is a folder, not a file";
  if (error.code === "EACCES") return "may not be read (permission denied)";
  return `cannot be read: ${error.message}`;
}
