//! Every public type can be printed, sent and shared.

use std::fmt::Debug;

fn is_debug_send_sync<T: Debug + Send + Sync>() {}

#[test]
fn public_types_are_debug_send_and_sync() {
    use foretaste::{
        als, baselines, bpr, data, ease, gfcf, gnolr, io, linear, mf, model, neighbours, softmax,
        spectral, texts, warp,
    };
    is_debug_send_sync::<foretaste::Recommender>();
    is_debug_send_sync::<foretaste::Method>();
    is_debug_send_sync::<foretaste::Error>();
    is_debug_send_sync::<als::Ials>();
    is_debug_send_sync::<als::Params>();
    is_debug_send_sync::<baselines::Popularity>();
    is_debug_send_sync::<bpr::Bpr>();
    is_debug_send_sync::<bpr::BprLoss>();
    is_debug_send_sync::<ease::Ease>();
    is_debug_send_sync::<ease::EaseWeights>();
    is_debug_send_sync::<ease::Params>();
    is_debug_send_sync::<gfcf::Filter>();
    is_debug_send_sync::<gfcf::GfCf>();
    is_debug_send_sync::<gfcf::Graph>();
    is_debug_send_sync::<gfcf::Params>();
    is_debug_send_sync::<gnolr::Gnolr>();
    is_debug_send_sync::<gnolr::GnolrModel>();
    is_debug_send_sync::<gnolr::Levels>();
    is_debug_send_sync::<gnolr::Nested>();
    is_debug_send_sync::<gnolr::Params>();
    is_debug_send_sync::<gnolr::Scale>();
    is_debug_send_sync::<mf::Layout>();
    is_debug_send_sync::<linear::HistoryModel<ease::EaseWeights>>();
    is_debug_send_sync::<neighbours::ItemKnn>();
    is_debug_send_sync::<neighbours::Neighbours>();
    is_debug_send_sync::<neighbours::Params>();
    is_debug_send_sync::<softmax::Params>();
    is_debug_send_sync::<softmax::Softmax>();
    is_debug_send_sync::<spectral::Principal>();
    is_debug_send_sync::<spectral::Singular>();
    is_debug_send_sync::<spectral::Sparse>();
    is_debug_send_sync::<texts::Encoded>();
    is_debug_send_sync::<texts::Encoder>();
    is_debug_send_sync::<texts::Error>();
    is_debug_send_sync::<texts::Params>();
    is_debug_send_sync::<warp::Params>();
    is_debug_send_sync::<warp::Warp>();
    is_debug_send_sync::<warp::WarpLoss>();
    is_debug_send_sync::<mf::Params>();
    is_debug_send_sync::<mf::Training>();
    is_debug_send_sync::<mf::ValidParams>();
    is_debug_send_sync::<mf::Trained>();
    is_debug_send_sync::<mf::Factors>();
    is_debug_send_sync::<mf::Table>();
    is_debug_send_sync::<mf::EpochReport>();
    is_debug_send_sync::<mf::Error>();
    is_debug_send_sync::<data::Dataset>();
    is_debug_send_sync::<data::IdTable>();
    is_debug_send_sync::<data::IdView<'_>>();
    is_debug_send_sync::<data::Feedback>();
    is_debug_send_sync::<data::Features>();
    is_debug_send_sync::<data::Preference>();
    is_debug_send_sync::<data::FeatureTable>();
    is_debug_send_sync::<data::Vectors>();
    is_debug_send_sync::<data::Tags>();
    is_debug_send_sync::<io::FeedbackNames>();
    is_debug_send_sync::<io::ReadEvents>();
    is_debug_send_sync::<io::ReadFeedback>();
    is_debug_send_sync::<io::FeatureReport>();
    is_debug_send_sync::<model::Uses>();
    is_debug_send_sync::<model::ItemSet>();
    is_debug_send_sync::<model::Query<'_>>();
    is_debug_send_sync::<model::Parameter>();
    is_debug_send_sync::<model::ModelFile>();
    is_debug_send_sync::<model::Info>();
    is_debug_send_sync::<model::Tensor>();
    is_debug_send_sync::<model::State>();
    is_debug_send_sync::<model::Start<'_>>();
    is_debug_send_sync::<model::WarmStart>();
    is_debug_send_sync::<model::Checkpoint>();
    is_debug_send_sync::<model::Error>();
}
