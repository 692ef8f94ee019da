// Stands in for the modules x-pack-ilm and data-streams, which the Elasticsearch in Maven Central lacks. Policies are read,
// checked and kept by Elasticsearch's own classes, in the cluster state, and need the same privileges as the real ones.
//
// Not covered: nothing is ever rolled over, moved between phases or deleted; the actions wait_for_snapshot and
// searchable_snapshot are refused; of ILM's API there is no _ilm/move, _ilm/remove, _ilm/retry or migrate_to_data_tiers, of
// the data streams' no _stats, _modify, _migrate, _promote, _lifecycle, _options, _settings and _mappings. What is not
// there answers 400 (no handler found), as does an unknown parameter.

package chattingo.lab;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.action.datastreams.CreateDataStreamAction;
import org.elasticsearch.action.datastreams.DeleteDataStreamAction;
import org.elasticsearch.action.datastreams.GetDataStreamAction;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.core.CheckedFunction;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xpack.core.ilm.AllocateAction;
import org.elasticsearch.xpack.core.ilm.DeleteAction;
import org.elasticsearch.xpack.core.ilm.DownsampleAction;
import org.elasticsearch.xpack.core.ilm.ForceMergeAction;
import org.elasticsearch.xpack.core.ilm.FreezeAction;
import org.elasticsearch.xpack.core.ilm.IndexLifecycleMetadata;
import org.elasticsearch.xpack.core.ilm.LifecycleAction;
import org.elasticsearch.xpack.core.ilm.LifecycleOperationMetadata;
import org.elasticsearch.xpack.core.ilm.LifecycleSettings;
import org.elasticsearch.xpack.core.ilm.LifecycleType;
import org.elasticsearch.xpack.core.ilm.MigrateAction;
import org.elasticsearch.xpack.core.ilm.ReadOnlyAction;
import org.elasticsearch.xpack.core.ilm.RolloverAction;
import org.elasticsearch.xpack.core.ilm.SearchableSnapshotAction;
import org.elasticsearch.xpack.core.ilm.SetPriorityAction;
import org.elasticsearch.xpack.core.ilm.ShrinkAction;
import org.elasticsearch.xpack.core.ilm.TimeseriesLifecycleType;
import org.elasticsearch.xpack.core.ilm.UnfollowAction;
import org.elasticsearch.xpack.core.ilm.WaitForSnapshotAction;
import org.elasticsearch.xpack.core.ilm.action.DeleteLifecycleAction;
import org.elasticsearch.xpack.core.ilm.action.ExplainLifecycleAction;
import org.elasticsearch.xpack.core.ilm.action.GetLifecycleAction;
import org.elasticsearch.xpack.core.ilm.action.GetStatusAction;
import org.elasticsearch.xpack.core.ilm.action.ILMActions;

public class LifecyclePlugin extends Plugin implements ActionPlugin {

    @Override
    public List<Setting<?>> getSettings() {
        return List.of(
            LifecycleSettings.LIFECYCLE_POLL_INTERVAL_SETTING,
            LifecycleSettings.LIFECYCLE_NAME_SETTING,
            LifecycleSettings.LIFECYCLE_INDEXING_COMPLETE_SETTING,
            LifecycleSettings.LIFECYCLE_HISTORY_INDEX_ENABLED_SETTING,
            LifecycleSettings.LIFECYCLE_STEP_MASTER_TIMEOUT_SETTING,
            LifecycleSettings.LIFECYCLE_STEP_WAIT_TIME_THRESHOLD_SETTING,
            LifecycleSettings.LIFECYCLE_ROLLOVER_ONLY_IF_HAS_DOCUMENTS_SETTING,
            LifecycleSettings.LIFECYCLE_SKIP_SETTING,
            RolloverAction.LIFECYCLE_ROLLOVER_ALIAS_SETTING,
            // Of the module ingest-geoip, which is not there either: nothing is ever downloaded.
            Setting.boolSetting("ingest.geoip.downloader.enabled", true, Setting.Property.Dynamic, Setting.Property.NodeScope)
        );
    }

    @Override
    public List<NamedXContentRegistry.Entry> getNamedXContent() {
        List<NamedXContentRegistry.Entry> entries = new ArrayList<>();
        entry(entries, Metadata.ProjectCustom.class, IndexLifecycleMetadata.TYPE, p -> IndexLifecycleMetadata.PARSER.parse(p, null));
        entry(entries, Metadata.ProjectCustom.class, LifecycleOperationMetadata.TYPE, p -> LifecycleOperationMetadata.PARSER.parse(p, null));
        entry(entries, LifecycleType.class, TimeseriesLifecycleType.TYPE, p -> TimeseriesLifecycleType.INSTANCE);
        entry(entries, LifecycleAction.class, AllocateAction.NAME, AllocateAction::parse);
        entry(entries, LifecycleAction.class, DeleteAction.NAME, DeleteAction::parse);
        entry(entries, LifecycleAction.class, DownsampleAction.NAME, DownsampleAction::parse);
        entry(entries, LifecycleAction.class, ForceMergeAction.NAME, ForceMergeAction::parse);
        entry(entries, LifecycleAction.class, FreezeAction.NAME, FreezeAction::parse);
        entry(entries, LifecycleAction.class, MigrateAction.NAME, MigrateAction::parse);
        entry(entries, LifecycleAction.class, ReadOnlyAction.NAME, ReadOnlyAction::parse);
        entry(entries, LifecycleAction.class, RolloverAction.NAME, RolloverAction::parse);
        entry(entries, LifecycleAction.class, SearchableSnapshotAction.NAME, SearchableSnapshotAction::parse);
        entry(entries, LifecycleAction.class, SetPriorityAction.NAME, SetPriorityAction::parse);
        entry(entries, LifecycleAction.class, ShrinkAction.NAME, ShrinkAction::parse);
        entry(entries, LifecycleAction.class, UnfollowAction.NAME, UnfollowAction::parse);
        entry(entries, LifecycleAction.class, WaitForSnapshotAction.NAME, WaitForSnapshotAction::parse);
        return entries;
    }

    private static <T> void entry(
        List<NamedXContentRegistry.Entry> entries,
        Class<T> kind,
        String name,
        CheckedFunction<XContentParser, ? extends T, java.io.IOException> parser
    ) {
        entries.add(new NamedXContentRegistry.Entry(kind, new ParseField(name), parser));
    }

    @Override
    public Collection<ActionHandler> getActions() {
        return List.of(
            new ActionHandler(ILMActions.PUT, PutPolicy.class),
            new ActionHandler(GetLifecycleAction.INSTANCE, GetPolicies.class),
            new ActionHandler(DeleteLifecycleAction.INSTANCE, DeletePolicy.class),
            new ActionHandler(ExplainLifecycleAction.INSTANCE, ExplainLifecycle.class),
            new ActionHandler(GetStatusAction.INSTANCE, GetStatus.class),
            new ActionHandler(ILMActions.START, ChangeMode.Start.class),
            new ActionHandler(ILMActions.STOP, ChangeMode.Stop.class),
            new ActionHandler(CreateDataStreamAction.INSTANCE, CreateDataStream.class),
            new ActionHandler(GetDataStreamAction.INSTANCE, GetDataStreams.class),
            new ActionHandler(DeleteDataStreamAction.INSTANCE, DeleteDataStreams.class)
        );
    }

    @Override
    public Collection<RestHandler> getRestHandlers(
        RestHandlersServices services,
        Supplier<DiscoveryNodes> nodes,
        Predicate<NodeFeature> features
    ) {
        return List.of(new LifecycleRequests.Policy(), new LifecycleRequests.Explain(), new LifecycleRequests.Mode(), new DataStreamRequests());
    }
}
