/** Whether a value is a list without holes: lists cross a network with theirs, over which every loop passes. Never throws. */
export function isFullList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && !value.includes(undefined);
}
