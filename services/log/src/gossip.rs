//! Who belongs to the cluster: this node, its leader.

use crate::clock;
use crate::messages::{self, IdForm};
use crate::wire::Empty;
use crate::wire::gossip::gossip_server::Gossip;
use crate::wire::gossip::{ClusterInfo, EndPoint, MemberInfo, member_info::VNodeState};
use std::net::SocketAddr;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// The service.
#[derive(Debug)]
pub struct Node {
    /// The log's identity.
    pub id: Uuid,
    /// Where the server listens.
    pub address: SocketAddr,
}

#[tonic::async_trait]
impl Gossip for Node {
    async fn read(&self, _: Request<Empty>) -> Result<Response<ClusterInfo>, Status> {
        Ok(Response::new(ClusterInfo {
            members: vec![MemberInfo {
                instance_id: Some(messages::id(self.id, IdForm::Text)),
                time_stamp: clock::now(),
                state: VNodeState::Leader.into(),
                is_alive: true,
                http_end_point: Some(EndPoint {
                    address: self.address.ip().to_string(),
                    port: self.address.port().into(),
                }),
            }],
        }))
    }
}
