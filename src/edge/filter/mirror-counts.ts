/** What became of an isolate's copies. */
export interface MirrorCounts {
  sent: number;
  /** Not copied: the body was larger than the mirror takes, or than the service keeps for retries, or there was no memory for it. */
  tooLarge: number;
  /** Copies that got no answer. */
  failed: number;
}

export function createMirrorCounts(): MirrorCounts {
  return { sent: 0, tooLarge: 0, failed: 0 };
}
