/** What keeps requests from services that are well, each problem once, with whom it meets and what to do. */
import { fixOf } from "../../../../../src/core/service-problem.ts";
import type { ServiceLook } from "../mesh/look.ts";

const SHOWN_PROBLEMS = 4;
const SHOWN_SERVICES = 5;

export function ServiceProblems({ services }: { readonly services: readonly ServiceLook[] }) {
  const met = services.flatMap(({ name, problems }) => problems.map((problem) => ({ name, ...problem })));
  const byDetail = [...Map.groupBy(met, ({ detail }) => detail)];
  if (byDetail.length === 0) return null;
  const more = byDetail.length - SHOWN_PROBLEMS;
  return (
    <>
      {byDetail.slice(0, SHOWN_PROBLEMS).map(([detail, meets]) => (
        <div key={detail} class="banner bad" role="alert">
          <p>
            <b>{sentence(detail)}.</b> {meets.slice(0, SHOWN_SERVICES).map(effectOn).join(" ")}
            {meets.length > SHOWN_SERVICES && ` And ${meets.length - SHOWN_SERVICES} more services.`}
          </p>
          {fixOf(detail) !== "" && <p class="fix">{sentence(fixOf(detail))}.</p>}
        </div>
      ))}
      {more > 0 && <p class="soft">And {more} more problems, on the pages of the services.</p>}
    </>
  );
}

function effectOn({ name, endpoints, all }: { name: string; endpoints: readonly string[]; all: boolean }): string {
  if (all) return `No request of ${name} is answered.`;
  // A state that is too long to be sent whole leaves the endpoints out.
  return `No request is sent to ${endpoints.length === 0 ? "some endpoints" : endpoints.join(", ")} of ${name}.`;
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
