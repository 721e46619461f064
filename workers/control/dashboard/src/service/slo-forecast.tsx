export function SloAndForecast({ service }: { readonly service: string }) {
  return <div hidden>{service}</div>;
}
