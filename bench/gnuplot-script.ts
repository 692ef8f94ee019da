// A dashboard as a script for gnuplot (http://www.gnuplot.info/docs_5.4/Gnuplot_5_4.pdf).

/** What of Grafana's JSON model of a dashboard is drawn. */
export interface DashboardModel {
    readonly title: string;
    readonly panels: readonly PanelModel[];
}

/** A panel, or the heading of a row. */
export interface PanelModel {
    readonly type: string;
    readonly title: string;
    /** Place in a grid of 24 columns. */
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly fieldConfig?: {
        readonly defaults: {
            readonly unit?: string;
            readonly thresholds?: {
                readonly steps: readonly { readonly value: number | null; readonly color: string }[];
            };
        };
    };
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** A curve; times in seconds since 1970. */
export interface Series {
    readonly name: string;
    readonly points: readonly (readonly [time: number, value: number])[];
}

/** A panel with its curves. */
export interface FilledPanel {
    readonly panel: PanelModel;
    readonly series: readonly Series[];
}

/** What a picture shows, and where it goes. */
export interface PictureOptions {
    readonly file: string;
    /** Seconds since 1970. */
    readonly start: number;
    readonly end: number;
}

const columns = 24;
const width = 1400;
/** Pixels of a row of the grid. */
const rowHeight = 34;
const titleHeight = 50;

const colours = ["#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#17becf", "#7f7f7f"];
const thresholdColours: Readonly<Record<string, string>> = { yellow: "#d4a800", red: "#d62728", green: "#2ca02c" };

interface Unit {
    readonly label: string;
    readonly format: string;
    /** What a value is multiplied with before it is shown. */
    readonly factor: number;
}

/** By Grafana's names. */
const units: Readonly<Record<string, Unit>> = {
    short: { label: "", format: "%.0f", factor: 1 },
    cps: { label: "a second", format: "%.0f", factor: 1 },
    bytes: { label: "", format: "%.1s %cB", factor: 1 },
    percentunit: { label: "", format: "%.0f %%", factor: 100 },
    s: { label: "", format: "%.0f ms", factor: 1000 },
};

/**
 * The script that writes the picture.
 *
 * @throws an error that names a panel's unit or type that can't be drawn
 */
export function gnuplotScript(title: string, panels: readonly FilledPanel[], options: PictureOptions): string {
    const rows = Math.max(...panels.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h));
    const height = titleHeight + rows * rowHeight;
    const fromTop = (row: number) => 1 - (titleHeight + row * rowHeight) / height;
    return [
        `set terminal pngcairo size ${width},${height} font "DejaVu Sans,10" background "#ffffff"`,
        `set output ${quoted(options.file)}`,
        `set multiplot title ${quoted(`${title} (UTC)`)} font "DejaVu Sans,15"`,
        "set xdata time",
        'set timefmt "%s"',
        'set format x "%H:%M"',
        `set xrange ["${options.start}":"${options.end}"]`,
        'set grid linecolor "#dddddd" linewidth 1',
        'set border 3 linecolor "#888888"',
        "set tics nomirror",
        "set key outside below left horizontal samplen 2 noenhanced",
        ...panels.flatMap((filled) => {
            const { x, y, w, h } = filled.panel.gridPos;
            return [
                `set origin ${x / columns},${fromTop(y + h)}`,
                `set size ${w / columns},${(h * rowHeight) / height}`,
                ...panelCommands(filled),
            ];
        }),
        "unset multiplot",
        "",
    ].join("\n");
}

function panelCommands({ panel, series }: FilledPanel): readonly string[] {
    switch (panel.type) {
        case "row":
            return text(panel.title, 'at graph 0.02,0.5 left font "DejaVu Sans,13"');
        case "stat":
            return stat(panel, series);
        case "timeseries":
            return timeseries(panel, series);
        default:
            throw new Error(`panel ${panel.title}: ${panel.type} can't be drawn`);
    }
}

/** Only a text, in the place of a plot. */
function text(words: string, place: string): readonly string[] {
    return [
        "unset border; unset tics; unset key; unset grid; unset title; unset ylabel",
        "set yrange [0:1]",
        `set label 1 ${quoted(words)} ${place} noenhanced`,
        "plot NaN notitle",
        "unset label 1",
        'set border 3 linecolor "#888888"; set tics nomirror; set grid linecolor "#dddddd" linewidth 1',
        "set key outside below left horizontal samplen 2 noenhanced",
    ];
}

function stat(panel: PanelModel, series: readonly Series[]): readonly string[] {
    const { factor, format } = unitOf(panel);
    const value = series[0]?.points.at(-1)?.[1];
    const steps = panel.fieldConfig?.defaults.thresholds?.steps ?? [];
    const colour = steps.findLast((step) => step.value === null || (value ?? 0) >= step.value)?.color ?? "green";
    return [
        `set label 2 ${quoted(panel.title)} at graph 0.5,0.95 center font "DejaVu Sans,11" noenhanced`,
        `value = ${value === undefined ? "NaN" : value * factor}`,
        `set label 3 ${value === undefined ? '"no data"' : `gprintf(${quoted(format)}, value)`} at graph 0.5,0.5 center font "DejaVu Sans,40" textcolor rgb "${thresholdColours[colour]}"`,
        ...text("", "at graph 0,0"),
        "unset label 2; unset label 3",
    ];
}

function timeseries(panel: PanelModel, series: readonly Series[]): readonly string[] {
    const { label, format, factor } = unitOf(panel);
    const limits = (panel.fieldConfig?.defaults.thresholds?.steps ?? []).filter(({ value }) => value !== null);
    const blocks = series.flatMap(({ points }, index) => [
        `$data${index} << END`,
        ...points.filter(([, value]) => Number.isFinite(value)).map(([time, value]) => `${time} ${value * factor}`),
        "END",
    ]);
    const curves = series.map(
        ({ name }, index) =>
            `$data${index} using 1:2 with lines linewidth 2 linecolor rgb "${colours[index % colours.length]}" title ${quoted(name)}`,
    );
    const lines = limits.map(
        ({ value, color }) =>
            `${Number(value) * factor} with lines dashtype 2 linecolor rgb "${thresholdColours[color]}" notitle`,
    );
    const drawn = [...curves, ...lines];
    return [
        ...blocks,
        `set title ${quoted(panel.title)} font "DejaVu Sans,11" noenhanced`,
        `set ylabel ${quoted(label)}`,
        `set format y ${quoted(format)}`,
        // Where there is nothing, gnuplot can't find out how far the axis should reach.
        `set yrange [0:${drawn.length > 0 ? "*" : "1"}]`,
        `plot ${drawn.join(", ") || 'NaN title "no data"'}`,
        "unset title; unset ylabel",
        ...series.map((_, index) => `undefine $data${index}`),
    ];
}

function unitOf({ title, fieldConfig }: PanelModel): Unit {
    const name = fieldConfig?.defaults.unit ?? "short";
    const unit = units[name];
    if (unit === undefined) {
        throw new Error(`panel ${title}: its unit ${name} can't be drawn`);
    }
    return unit;
}

function quoted(words: string): string {
    return `'${words.replaceAll("'", "''")}'`;
}
