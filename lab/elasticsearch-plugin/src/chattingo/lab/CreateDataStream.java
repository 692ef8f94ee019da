// PUT /_data_stream/{name}: the server itself can create data streams; only the action for it is missing.

package chattingo.lab;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.datastreams.CreateDataStreamAction;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.master.AcknowledgedResponse;
import org.elasticsearch.action.support.master.AcknowledgedTransportMasterNodeProjectAction;
import org.elasticsearch.cluster.ProjectState;
import org.elasticsearch.cluster.block.ClusterBlockException;
import org.elasticsearch.cluster.block.ClusterBlockLevel;
import org.elasticsearch.cluster.metadata.MetadataCreateDataStreamService;
import org.elasticsearch.cluster.project.ProjectResolver;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

public class CreateDataStream extends AcknowledgedTransportMasterNodeProjectAction<CreateDataStreamAction.Request> {

    private final MetadataCreateDataStreamService service;

    @Inject
    public CreateDataStream(
        TransportService transportService,
        ClusterService clusterService,
        ThreadPool threadPool,
        ActionFilters actionFilters,
        ProjectResolver projectResolver,
        MetadataCreateDataStreamService service
    ) {
        super(
            CreateDataStreamAction.NAME,
            transportService,
            clusterService,
            threadPool,
            actionFilters,
            CreateDataStreamAction.Request::new,
            projectResolver,
            EsExecutors.DIRECT_EXECUTOR_SERVICE
        );
        this.service = service;
    }

    @Override
    protected void masterOperation(
        Task task,
        CreateDataStreamAction.Request request,
        ProjectState state,
        ActionListener<AcknowledgedResponse> listener
    ) {
        service.createDataStream(
            new MetadataCreateDataStreamService.CreateDataStreamClusterStateUpdateRequest(
                state.projectId(),
                request.getName(),
                request.getStartTime(),
                null,
                request.masterNodeTimeout(),
                request.ackTimeout()
            ),
            listener
        );
    }

    @Override
    protected ClusterBlockException checkBlock(CreateDataStreamAction.Request request, ProjectState state) {
        return state.blocks().globalBlockedException(state.projectId(), ClusterBlockLevel.METADATA_WRITE);
    }
}
