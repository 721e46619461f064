export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M6 10c7 0 7 6 10 6s4-6 10-6M6 16h4.500M21.500 16h4.500M6 22c7 0 7-6 10-6s4 6 10 6" />
      <circle cx="16" cy="16" r="3.200" />
    </svg>
  );
}
