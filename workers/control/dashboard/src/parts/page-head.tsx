import type { ComponentChildren } from "preact";

interface PageHeadProps {
  readonly title: string;
  readonly text: string;
  readonly children?: ComponentChildren;
}

export function PageHead({ title, text, children }: PageHeadProps) {
  return (
    <header class="page-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        <p>{text}</p>
      </div>
      {children}
    </header>
  );
}
