// DELETE /_data_stream/{name}: the streams go with their backing indices.

package chattingo.lab;

import java.util.HashSet;
import java.util.Set;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.datastreams.DataStreamsActionUtil;
import org.elasticsearch.action.datastreams.DeleteDataStreamAction;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.master.AcknowledgedResponse;
import org.elasticsearch.action.support.master.AcknowledgedTransportMasterNodeProjectAction;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.ClusterStateUpdateTask;
import org.elasticsearch.cluster.ProjectState;
import org.elasticsearch.cluster.block.ClusterBlockException;
import org.elasticsearch.cluster.block.ClusterBlockLevel;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.metadata.MetadataDataStreamsService;
import org.elasticsearch.cluster.project.ProjectResolver;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.Priority;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

public class DeleteDataStreams extends AcknowledgedTransportMasterNodeProjectAction<DeleteDataStreamAction.Request> {

    private final IndexNameExpressionResolver resolver;
    private final Settings settings;

    @Inject
    public DeleteDataStreams(
        TransportService transportService,
        ClusterService clusterService,
        ThreadPool threadPool,
        ActionFilters actionFilters,
        ProjectResolver projectResolver,
        IndexNameExpressionResolver resolver,
        Settings settings
    ) {
        super(
            DeleteDataStreamAction.NAME,
            transportService,
            clusterService,
            threadPool,
            actionFilters,
            DeleteDataStreamAction.Request::new,
            projectResolver,
            EsExecutors.DIRECT_EXECUTOR_SERVICE
        );
        this.resolver = resolver;
        this.settings = settings;
    }

    @Override
    @SuppressWarnings("deprecation")
    protected void masterOperation(
        Task task,
        DeleteDataStreamAction.Request request,
        ProjectState state,
        ActionListener<AcknowledgedResponse> listener
    ) {
        var update = new ClusterStateUpdateTask(Priority.HIGH, request.masterNodeTimeout()) {
            @Override
            public ClusterState execute(ClusterState current) {
                ProjectState project = current.projectState(state.projectId());
                Set<DataStream> streams = new HashSet<>();
                for (String name : DataStreamsActionUtil.getDataStreamNames(
                    resolver,
                    project.metadata(),
                    request.getNames(),
                    request.indicesOptions()
                )) {
                    streams.add(project.metadata().dataStreams().get(name));
                }
                return streams.isEmpty() ? current : MetadataDataStreamsService.deleteDataStreams(project, streams, settings);
            }

            @Override
            public void clusterStateProcessed(ClusterState before, ClusterState after) {
                listener.onResponse(AcknowledgedResponse.TRUE);
            }

            @Override
            public void onFailure(Exception error) {
                listener.onFailure(error);
            }
        };
        clusterService.submitUnbatchedStateUpdateTask(actionName, update);
    }

    @Override
    protected ClusterBlockException checkBlock(DeleteDataStreamAction.Request request, ProjectState state) {
        return state.blocks().globalBlockedException(state.projectId(), ClusterBlockLevel.METADATA_WRITE);
    }
}
